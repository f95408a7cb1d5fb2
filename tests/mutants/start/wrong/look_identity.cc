// The physical address is taken to be the virtual one.
// fails: look-lines
// why: where the screen is mapped a second time, they differ
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.present()) {
        log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, va, it.perm() & permissions);
    } else {
        log_printf("look va=0x%lx unmapped", va);
    }
}
