// When memory runs out during a fork, the kernel panics.
// fails: fork-out-of-memory
// why: the parent must be told an error, and everybody goes on
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) panic("no memory for a page table");
    if (memory.copy(parent.space()) < 0) panic("no memory for a copy");
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
