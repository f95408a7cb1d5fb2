// Wrong: the file's name in the place of the program's.
void start_processes(const char*) {
    process_setup(1, "p-allocator.cc");
}
