// The memory goes first, then the slot.
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    if (current == &p) current = no_process;
    {
        new_address_space gone(p.space());
        p.pagetable = nullptr;
    }
    p.state = P_EXITED;
    leave_children(p);
    if (p.parent == 0) free_slot(p);
}
