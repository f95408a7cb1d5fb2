// The kernel's part is mapped page by page, with one set of permissions for all of it.
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (uintptr_t va = PAGESIZE; va < PROC_START_ADDR; va += PAGESIZE) {
        uint64_t perm = va == CONSOLE_ADDR ? PTE_PWU : PTE_PW;
        if (int r = vmiter(pagetable, va).try_map(va, perm); r < 0) return r;
    }
    return 0;
}
