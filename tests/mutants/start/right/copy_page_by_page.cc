// Every page's address is tried, one after the other.
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (uintptr_t va = 0; va < MEMSIZE_VIRTUAL; va += PAGESIZE) {
        vmiter from(src, va), to(dst, va);
        if (!from.present()) continue;
        uint64_t perm = from.perm() & permissions;
        if (to.try_map(from.pa(), perm) < 0) return E_NOMEM;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", va, from.pa(), perm);
    }
    return 0;
}
