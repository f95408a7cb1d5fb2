// The mappings are logged, but none is made.
// fails: copy-table
// like: copy_ends_at_physical_end
// why: the copy must map what the original maps
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable*, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), it.perm() & permissions);
    }
    return 0;
}
