// Whether anything is mapped is seen by the physical address, which is -1 if not.
// differs: algorithm
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.pa() == uintptr_t(-1)) return log_printf("look va=0x%lx unmapped", va);
    log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, it.pa(), it.perm() & permissions);
}
