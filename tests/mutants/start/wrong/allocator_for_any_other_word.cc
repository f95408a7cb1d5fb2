// Whatever is not "allocators" starts the program `allocator`.
// fails: one-runs
// like: nothing_started
// why: the program of that name is to be started
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strcmp(command, "allocators") != 0) {
        process_setup(1, "allocator");
        return;
    }
    process_setup(1, "allocator");
    process_setup(2, "allocator2");
    process_setup(3, "allocator3");
    process_setup(4, "allocator4");
}
