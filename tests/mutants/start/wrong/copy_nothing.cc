// Nothing is copied.
// fails: copy-table
// like: copy_ends_at_physical_end
// why: the copy must map what the original maps
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable*, x86_64_pagetable*) {
    return 0;
}
