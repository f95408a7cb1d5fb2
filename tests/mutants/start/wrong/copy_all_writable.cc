// Each page is mapped with `PTE_PWU`.
// fails: copy-table
// like: copy_ends_at_physical_end
// why: the copy must have the permissions of the original
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), PTE_PWU); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), it.perm() & permissions);
    }
    return 0;
}
