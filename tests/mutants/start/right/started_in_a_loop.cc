// The four processes are started in a loop over their names.
// file: kernel/start.cc
void start_processes(const char* command) {
    static const char* const names[] = {"allocator", "allocator2", "allocator3", "allocator4"};
    bool is_all = strcmp(command, "allocators") == 0;
    if (!is_all) process_setup(1, command);
    for (pid_t pid = 1; is_all && pid <= 4; ++pid) process_setup(pid, names[pid - 1]);
}
