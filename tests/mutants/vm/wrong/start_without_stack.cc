// Nobody looks whether there was memory for the stack.
// fails: begins-whole
// why: a program that is begun has its stack, or is not begun
// file: kernel/process/process.cc
int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    uintptr_t entry;
    if (int r = load_program(image, memory.space(), entry); r < 0) return r;
    (void) memory.space().add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD);
    return begin_process(pid, image, memory, initial_registers(entry, user_end), parent);
}
