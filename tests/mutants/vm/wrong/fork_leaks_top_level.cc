// When a fork fails for lack of memory, the child's page table is lost.
// fails: short-fork-gives-back
// why: an operation that fails must give back what it took
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) {
        x86_64_pagetable* table;
        region_list regions;
        heap_bounds heap;
        memory.release(table, regions, heap);
        return r;
    }
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
