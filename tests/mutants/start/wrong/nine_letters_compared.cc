// Only the nine letters of "allocator" are compared: "allocator2" starts four, too.
// fails: four-only
// like: prefix_taken_for_the_name
// why: only the whole word "allocators" stands for four
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strncmp(command, "allocator", 9) != 0) {
        process_setup(1, command);
        return;
    }
    process_setup(1, "allocator");
    process_setup(2, "allocator2");
    process_setup(3, "allocator3");
    process_setup(4, "allocator4");
}
