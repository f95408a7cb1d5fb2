// The kernel's part of a process's page table: all addresses below `PROC_START_ADDR` but page 0, at identity, for when
// the process enters the kernel. Returns 0, or `E_NOMEM` with `pagetable` unchanged.
// STEP isolation: so far the process itself may use all of it.
static int map_kernel(x86_64_pagetable* pagetable) {
    for (uintptr_t pa = PAGESIZE; pa < PROC_START_ADDR; pa += PAGESIZE) {
        if (int r = vmiter(pagetable, pa).try_map(pa, PTE_PWU); r < 0) return r;
    }
    return 0;
}

// STEP isolation: so far any address will do.
int address_space::page_alloc(uintptr_t va) const {
    return add_page(va, PTE_PWU | PTE_XD);
}
