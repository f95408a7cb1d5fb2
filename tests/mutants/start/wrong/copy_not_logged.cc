// The mappings are made, but not logged.
// fails: copy-log
// like: copy_log_without_permissions
// why: each mapping must be in the log
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), it.perm() & permissions); r < 0) return r;
    }
    return 0;
}
