// The copy has only the bits P, W and U: what may not be executed may be, there.
// fails: copy-table
// like: copy_ends_at_physical_end
// why: PTE_XD is a permission, too
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        uint64_t perm = it.perm() & permissions;
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), perm & PTE_PWU); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), perm);
    }
    return 0;
}
