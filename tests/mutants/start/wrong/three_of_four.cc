// The loop that starts four processes ends one too early.
// fails: four-loaded
// like: same_program_four_times
// why: all four must run
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strcmp(command, "allocators") != 0) return process_setup(1, command);
    static const char* const names[] = {"allocator", "allocator2", "allocator3", "allocator4"};
    for (pid_t pid = 1; pid < 4; ++pid) process_setup(pid, names[pid - 1]);
}
