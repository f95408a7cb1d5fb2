// Only the top-level page is copied: its entries lead to the original's tables.
// fails: copy-own
// why: all levels of the copy must be its own, or a change of the one changes the other
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (unsigned i = 0; i < NPAGETABLEENTRIES; ++i) set_entry(dst->entry[i], src->entry[i]);
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), it.perm() & permissions);
    }
    return 0;
}
