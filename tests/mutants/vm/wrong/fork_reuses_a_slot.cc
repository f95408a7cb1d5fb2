// When the process table is full, the child takes the last slot, where a process still runs.
// fails: fork-slots
// like: fork_slots_overrun
// why: the parent must be told an error, and no process may be lost
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) {
        pid = parent.pid == NPROC - 1 ? NPROC - 2 : NPROC - 1;
        dequeue(ptable[pid]);
        --nlive;
    }
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
