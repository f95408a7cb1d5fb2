// The physical address is that of the page, not of the byte.
// fails: look-lines
// like: look_identity
// why: a byte's physical address has its offset in the page
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.present()) {
        log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, PTE_ADDR(it.entry()), it.perm() & permissions);
    } else {
        log_printf("look va=0x%lx unmapped", va);
    }
}
