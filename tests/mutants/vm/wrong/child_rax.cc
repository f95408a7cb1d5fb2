// The child gets the parent's registers as they are: its rax is the system call's number.
// fails: child-result
// like: parent_gets_own_pid
// why: `sys_fork` must return 0 in the child
// file: kernel/process/process.cc
int fork_process(proc& parent) {
    pid_t pid = find_slot();
    if (pid == 0) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return r;
    save_selectors(*parent.regs);
    return begin_process(pid, *parent.image, memory, *parent.regs, &parent);
}
