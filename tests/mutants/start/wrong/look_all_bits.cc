// The permissions are logged with all the bits that the entry has.
// fails: look-lines
// like: look_identity
// why: the processor sets some of them at any time; `permissions` has those that allow something
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.present()) {
        log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, it.pa(), it.perm());
    } else {
        log_printf("look va=0x%lx unmapped", va);
    }
}
