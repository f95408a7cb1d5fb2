// The registers and regions of a process that has ended are cleared, so that its slot tells nothing.
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    new_address_space gone(p.space());
    p.pagetable = nullptr;
    p.regs = nullptr;
    p.regions = {};
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    if (current == &p) current = no_process;
}
