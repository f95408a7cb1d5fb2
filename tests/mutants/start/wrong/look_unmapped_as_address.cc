// Whether there is a page at all is not asked: unmapped addresses get a physical one, too.
// fails: look-lines
// like: look_identity
// why: an unmapped address must be said to be so
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, it.pa(), it.perm() & permissions);
}
