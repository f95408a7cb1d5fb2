// Before anything is made, the pages that the child will need are counted; with too few left nothing is begun.
// differs: algorithm
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    size_t needed = 1;
    for (ptiter it(&parent); !it.done(); it.next()) ++needed;
    for (vmiter it(&parent, PROC_START_ADDR); it.find_mapped(user_end); it.next()) needed += it.writable();
    if (needed > free_pages) return E_NOMEM;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
