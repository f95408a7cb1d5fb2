int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    uintptr_t entry, stack_end = user_end;
    if (int r = load_program(image, memory.space(), entry); r < 0) return r;
    if (int r = memory.space().add_page(stack_end - PAGESIZE, PTE_PWU | PTE_XD); r < 0) return r;
    return begin_process(pid, image, memory, initial_registers(entry, stack_end), parent);
}
