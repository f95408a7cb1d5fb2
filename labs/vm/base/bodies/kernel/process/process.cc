int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    uintptr_t entry, stack_end = user_end;
    if (int r = load_program(image, memory.space(), entry); r < 0) return r;
    if (int r = memory.space().add_page(stack_end - PAGESIZE, PTE_PWU | PTE_XD); r < 0) return r;
    return begin_process(pid, image, memory, initial_registers(entry, stack_end), parent);
}

int exec_process(proc& p, const program& image, const program_arguments* arguments) {
    new_address_space memory(p.pid);
    if (!memory) return E_NOMEM;
    uintptr_t entry;
    if (int r = load_program(image, memory.space(), entry); r < 0) return r;
    if (int r = memory.space().add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD); r < 0) return r;
    regstate regs = initial_registers(entry, user_end);
    if (arguments) give_arguments(memory.space(), *arguments, regs);
    new_address_space old(p.space());
    memory.release(p.pagetable, p.regions, p.heap);
    *p.regs = regs;
    p.image = &image;
    memset(p.faults, 0, sizeof(p.faults));
    if (current == &p) current = no_process;           // so that all its registers are loaded anew
    return 0;
}

// absent: release_memory

void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    new_address_space gone(p.space());
    p.pagetable = nullptr;
    p.regs = nullptr;
    if (current == &p) current = no_process;
}
