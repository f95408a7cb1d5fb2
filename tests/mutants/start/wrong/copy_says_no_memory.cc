// The copy is complete, and the function says that there was no memory.
// fails: copy-own
// like: copy_shares_tables
// why: 0 is the answer if all was copied
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        uint64_t perm = it.perm() & permissions;
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), perm); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), perm);
    }
    return E_NOMEM;
}
