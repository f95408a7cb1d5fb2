// What takes memory is a function of its own; the child begins only when that has said yes.
// file: kernel/process/process.cc
// added
// The registers with which a child goes on.
static regstate registers_of_child(proc& parent) {
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return regs;
}
// replaced
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    int r = memory ? memory.copy(parent.space()) : E_NOMEM;
    if (r < 0) return r;
    return begin_process(pid, *parent.image, memory, registers_of_child(parent), &parent);
}
