// The permissions are those of the last entry alone.
// fails: look-lines
// like: look_identity
// why: what is allowed is what all four levels allow together
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.present()) {
        pt_entry* entry = find_entry(pagetable, va, 0);
        uint64_t perm = PTE_FLAGS(*entry) & permissions;
        log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, it.pa(), perm);
    } else {
        log_printf("look va=0x%lx unmapped", va);
    }
}
