// A slot is claimed before the memory is made, and given back if that fails.
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    uint64_t bit = free_slots & uint64_t(1) << pid;
    free_slots &= ~bit;
    int r = E_NOMEM;
    new_address_space memory(pid);
    if (memory) r = memory.copy(parent.space());
    if (r < 0) {
        free_slots |= bit;
        return r;
    }
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
