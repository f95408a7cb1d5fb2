// Each table is copied by a function that calls itself for the tables below.
// differs: algorithm
// file: kernel/start.cc
// added
// Copy what the table `from` has, which begins at `base`, and whose entries cover `1 << shift` bytes
// each; the entries above it allow `allowed`.
static int copy_level(x86_64_pagetable* to, x86_64_pagetable* from, int shift, uintptr_t base,
                      uint64_t allowed) {
    for (uintptr_t i = 0; i < NPAGETABLEENTRIES; ++i) {
        uint64_t entry = from->entry[i];
        uintptr_t va = base + (i << shift);
        if (!(entry & PTE_P) || va >= MEMSIZE_VIRTUAL) continue;
        if (shift == PAGEOFFBITS) {
            uint64_t perm = (entry & allowed & PTE_PWU) | ((entry | allowed) & PTE_XD);
            set_entry(to->entry[i], PTE_ADDR(entry) | perm);
            log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", va, PTE_ADDR(entry), perm);
            continue;
        }
        x86_64_pagetable* table = new_table(PO_KERNEL);
        if (!table) return E_NOMEM;
        set_entry(to->entry[i], reinterpret_cast<uintptr_t>(table) | PTE_PWU);
        uint64_t below = (entry & allowed & PTE_PWU) | ((entry | allowed) & PTE_XD);
        auto source = reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(entry));
        int r = copy_level(table, source, shift - 9, va, below);
        if (r < 0) return r;
    }
    return 0;
}
// replaced
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    return copy_level(dst, src, 39, 0, PTE_PWU);
}
