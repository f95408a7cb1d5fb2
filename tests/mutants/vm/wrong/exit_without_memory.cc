// `sys_exit` stops the process, but does not give back its memory.
// fails: freeing-begun shared-freed
// why: others need it
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    p.pagetable = nullptr;
    if (current == &p) current = no_process;
}
