// All four processes run the program that is linked at the first address.
// fails: four-loaded
// why: with one page table for all, each needs a program at addresses of its own
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strcmp(command, "allocators") != 0) return process_setup(1, command);
    for (pid_t pid = 1; pid <= 4; ++pid) process_setup(pid, "allocator");
}
