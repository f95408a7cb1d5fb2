// The last of the four is started first.
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strcmp(command, "allocators") == 0) {
        process_setup(4, "allocator4");
        process_setup(3, "allocator3");
        process_setup(2, "allocator2");
        process_setup(1, "allocator");
    } else {
        process_setup(1, command);
    }
}
