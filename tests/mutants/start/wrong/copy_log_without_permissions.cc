// The log says of each page that it is only present.
// fails: copy-log
// why: the log must say what the page table says
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        uint64_t perm = it.perm() & permissions;
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), perm); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), uint64_t(PTE_P));
    }
    return 0;
}
