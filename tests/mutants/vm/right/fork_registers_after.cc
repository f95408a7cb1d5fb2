// The child begins with the parent's registers, and its rax is set afterwards, in its slot.
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory || memory.copy(parent.space()) < 0) return E_NOMEM;
    save_selectors(*parent.regs);
    int r = begin_process(pid, *parent.image, memory, *parent.regs, &parent);
    ptable[pid].regs->reg_rax = 0;
    return r;
}
