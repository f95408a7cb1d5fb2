// The names of the copies are put together from a word and a digit.
// file: kernel/start.cc
void start_processes(const char* command) {
    if (strcmp(command, "allocators") != 0) return process_setup(1, command);
    char name[16];
    for (pid_t pid = 1; pid <= 4; ++pid) {
        if (pid == 1) snprintf(name, sizeof(name), "allocator");
        else snprintf(name, sizeof(name), "allocator%d", pid);
        process_setup(pid, name);
    }
}
