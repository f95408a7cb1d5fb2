// What the process had is given back, and its slot still says where that was.
// fails: freeing-keys
// why: afterwards it has no page table: who starts all programs anew would give it back again
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    new_address_space gone(p.space());
    p.regs = nullptr;
    if (current == &p) current = no_process;
}
