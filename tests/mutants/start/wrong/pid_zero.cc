// The first process gets pid 0, as arrays begin there.
// fails: one-runs
// why: slot 0 is no process's
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strcmp(command, "allocators") != 0) {
        process_setup(0, command);
        return;
    }
    process_setup(0, "allocator");
    process_setup(1, "allocator2");
    process_setup(2, "allocator3");
    process_setup(3, "allocator4");
}
