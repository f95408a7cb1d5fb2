// First all mappings are made, then they are logged, from the copy.
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        if (vmiter(dst, it.va()).try_map(it.pa(), it.perm() & permissions) < 0) return E_NOMEM;
    }
    for (vmiter it(dst); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), it.perm() & permissions);
    }
    return 0;
}
