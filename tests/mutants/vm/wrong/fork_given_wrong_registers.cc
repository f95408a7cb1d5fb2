// The child begins with the registers of a new program instead of the parent's.
// fails: registers-copied
// like: fork_selectors_not_saved
// why: the child goes on where the parent does
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = initial_registers(parent.regs->reg_rip, parent.regs->reg_rsp);
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
