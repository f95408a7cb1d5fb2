// The parent's selectors are saved after its registers were copied.
// fails: registers-copied
// like: fork_selectors_not_saved
// why: the copy has the old ones
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    regstate regs = *parent.regs;
    save_selectors(*parent.regs);
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}
