// The kernel's part is mapped by `virtual_memory_map`, in three pieces: before the screen, the screen, and behind it.
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    if (int r = vmiter(pagetable, CONSOLE_ADDR).try_map(CONSOLE_ADDR, PTE_PWU | PTE_XD); r < 0) return r;
    constexpr uintptr_t behind = CONSOLE_ADDR + PAGESIZE;
    int r = virtual_memory_map(pagetable, PAGESIZE, PAGESIZE, CONSOLE_ADDR - PAGESIZE, PTE_PW, nullptr);
    if (r < 0) return r;
    return virtual_memory_map(pagetable, behind, behind, PROC_START_ADDR - behind, PTE_PW, nullptr);
}
