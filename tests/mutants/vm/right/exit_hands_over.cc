// The memory is handed over to a pointer-sized view first, and let go last of all.
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    address_space had = p.space();
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    if (&p == current) current = no_process;
    {
        new_address_space gone(had);
    }
    p.pagetable = nullptr;
    p.regs = nullptr;
}
