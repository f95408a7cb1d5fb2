// Every page is said to be the process's to write to.
// fails: look-lines
// like: look_identity
// why: the permissions must be those of the page table
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.present()) {
        log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, it.pa(), uint64_t(PTE_PWU));
    } else {
        log_printf("look va=0x%lx unmapped", va);
    }
}
