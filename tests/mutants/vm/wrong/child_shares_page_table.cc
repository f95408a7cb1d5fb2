// The child is given the parent's page table.
// fails: fork-begun
// why: a child has memory of its own: what one writes the other must not see
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    new_address_space memory(parent.space());
    ++page_at(parent.pagetable).refcount;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
