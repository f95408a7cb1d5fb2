// Before anything is taken, the pages that the child will need are counted.
// differs: algorithm
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    size_t needed = 6;                              // page tables, and the page of the registers
    for (vmiter it(&parent, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (it.writable()) ++needed;
    }
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    if (needed > free_pages) return E_NOMEM;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
