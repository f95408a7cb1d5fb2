// Neighbours that are mapped alike are found first, and then mapped together.
// differs: algorithm
// file: kernel/start.cc
// added
// Pages that follow each other in virtual and physical memory, and have the same permissions
struct run_of_pages {
    uintptr_t va, pa, size;
    uint64_t perm;

    bool goes_on_at(const vmiter& it) const {
        return it.va() == va + size && it.pa() == pa + size && (it.perm() & permissions) == perm;
    }
};

static int map_run(x86_64_pagetable* dst, const run_of_pages& run) {
    vmiter it(dst, run.va);
    for (uintptr_t at = 0; at < run.size; at += PAGESIZE, it += PAGESIZE) {
        if (int r = it.try_map(run.pa + at, run.perm); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", run.va + at, run.pa + at, run.perm);
    }
    return 0;
}
// replaced
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    vmiter it(src);
    while (it.find_mapped(MEMSIZE_VIRTUAL)) {
        run_of_pages run = {it.va(), it.pa(), 0, it.perm() & permissions};
        do {
            run.size += PAGESIZE;
            it.next();
        } while (it.find_mapped(MEMSIZE_VIRTUAL) && run.goes_on_at(it));
        if (int r = map_run(dst, run); r < 0) return r;
    }
    return 0;
}
