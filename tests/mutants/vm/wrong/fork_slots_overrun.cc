// When the process table is full, the child takes slot 0, which is no process's.
// fails: fork-slots
// why: the parent must be told an error
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
