// The child's registers are those of a new process but for `rip` and `rsp`.
// fails: registers-copied
// why: all of the child's registers must be the parent's, but for `rax`
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = initial_registers(parent.regs->reg_rip, parent.regs->reg_rsp);
    regs.reg_rbp = parent.regs->reg_rbp;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
