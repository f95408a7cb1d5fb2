// The stack's page is there before the program.
// file: kernel/process/process.cc
int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    int r = memory.space().add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD);
    uintptr_t entry = 0;
    if (r >= 0) r = load_program(image, memory.space(), entry);
    if (r < 0) return r;
    return begin_process(pid, image, memory, initial_registers(entry, user_end), parent);
}
