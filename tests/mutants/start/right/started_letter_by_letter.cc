// The word is compared by hand, up to and with its end.
// file: kernel/start.cc
// added
static bool is_same(const char* a, const char* b) {
    while (*a != '\0' && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}
// replaced
void start_processes(const char* command) {
    if (is_same(command, "allocators")) {
        process_setup(1, "allocator");
        process_setup(2, "allocator2");
        process_setup(3, "allocator3");
        process_setup(4, "allocator4");
    } else {
        process_setup(1, command);
    }
}
