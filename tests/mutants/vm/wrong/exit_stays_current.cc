// The process that has ended is still `current`.
// fails: freeing-begun
// like: exit_goes_on
// why: somebody else will have its slot
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    new_address_space gone(p.space());
    p.pagetable = nullptr;
    p.regs = nullptr;
}
