// The page table is walked by hand, level by level.
// differs: algorithm
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    uint64_t perm = PTE_PWU, entry = 0;
    x86_64_pagetable* table = pagetable;
    for (int shift = 39; shift >= 12; shift -= 9) {
        entry = table->entry[va >> shift & 0x1FF];
        if (!(entry & PTE_P)) {
            log_printf("look va=0x%lx unmapped", va);
            return;
        }
        perm = (perm & entry & PTE_PWU) | ((perm | entry) & PTE_XD);
        table = reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(entry));
    }
    log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, PTE_ADDR(entry) + va % PAGESIZE, perm);
}
