// A word that begins as "allocators" does starts four.
// fails: four-only
// why: only the whole word "allocators" stands for four; `make run-allocator` starts one
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strncmp(command, "allocators", strlen(command)) != 0) {
        process_setup(1, command);
        return;
    }
    process_setup(1, "allocator");
    process_setup(2, "allocator2");
    process_setup(3, "allocator3");
    process_setup(4, "allocator4");
}
