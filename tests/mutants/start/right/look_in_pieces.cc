// The line is put together in a buffer.
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    char line[100];
    int length = snprintf(line, sizeof(line), "look va=0x%lx ", va);
    vmiter it(pagetable, va);
    if (!it.present()) {
        strlcpy(line + length, "unmapped", sizeof(line) - size_t(length));
    } else {
        snprintf(line + length, sizeof(line) - size_t(length), "pa=0x%lx perm=0x%lx", it.pa(),
                 it.perm() & permissions);
    }
    log_printf("%s", line);
}
