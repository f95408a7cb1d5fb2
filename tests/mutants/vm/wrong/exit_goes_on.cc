// The memory is given back, but the process stays in the run queue.
// fails: freeing-begun
// why: a process that has ended must not run any more, least of all on freed memory
// file: kernel/process/process.cc
void end_process(proc& p, int) {
    leave_children(p);
    new_address_space gone(p.space());
}
