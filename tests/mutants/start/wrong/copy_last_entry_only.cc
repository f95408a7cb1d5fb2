// The copy has the permissions of each last entry alone.
// fails: copy-table
// like: copy_ends_at_physical_end
// why: what is allowed is what all four levels allow together
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        uint64_t perm = PTE_FLAGS(*find_entry(src, it.va(), 0)) & permissions;
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), perm); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), perm);
    }
    return 0;
}
