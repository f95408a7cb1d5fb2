// The slot of a process that has ended is never free again.
// fails: slots-again
// why: others need the slot
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    new_address_space gone(p.space());
    p.pagetable = nullptr;
    p.ended = 0;
    if (current == &p) current = no_process;
    if (p.parent != 0) --ptable[p.parent].children;
    p.parent = 0;
    p.state = P_BLOCKED;
    p.wait = {};
}
