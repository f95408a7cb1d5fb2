// The child is begun without a parent.
// fails: child-parent
// why: a parent can wait only for its own children
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, nullptr);
}
