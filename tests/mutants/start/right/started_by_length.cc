// The word is known by its length and its beginning.
// differs: algorithm
// file: kernel/start.cc
void start_processes(const char* command) {
    static const char* const names[] = {"allocator", "allocator2", "allocator3", "allocator4"};
    bool is_four = strlen(command) == 10 && memcmp(command, "allocators", 10) == 0;
    if (!is_four) process_setup(1, command);
    for (pid_t pid = 1; is_four && pid <= 4; ++pid) process_setup(pid, names[pid - 1]);
}
