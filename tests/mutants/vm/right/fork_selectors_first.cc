// The selectors are saved before anything else.
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    save_selectors(*parent.regs);
    pid_t pid = find_slot();
    if (!pid) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory || memory.copy(parent.space()) < 0) return E_NOMEM;
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
