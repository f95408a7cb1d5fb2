// What keeps the kernel itself from executing, reading and writing a process's pages: nothing, since
// as long as steps are missing, its own pages are the process's too
static uint64_t user_page_protection(const cpuid_result&) {
    return 0;
}
