// Wrong: one program four times, for one place in memory.
void start_processes(const char*) {
    for (pid_t pid = 1; pid <= 4; ++pid) process_setup(pid, "allocator");
}
