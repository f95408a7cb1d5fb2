// Each mapping is logged before it is made.
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    int result = 0;
    vmiter it(src);
    while (result == 0 && it.find_mapped(MEMSIZE_VIRTUAL)) {
        uintptr_t pa = it.pa();
        uint64_t perm = it.perm() & permissions;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), pa, perm);
        vmiter copy(dst, it.va());
        result = copy.try_map(pa, perm);
        it.next();
    }
    return result;
}
