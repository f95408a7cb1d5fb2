// The loop over the kernel's part begins behind the kernel's first pages.
// fails: kernel-mapped
// why: the kernel is entered with the process's page table: its code, all of it, must be there
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        if (it.va() >= KERNEL_START_ADDR + 2 * PAGESIZE && it.va() < KERNEL_START_ADDR + 4 * PAGESIZE) continue;
        uint64_t perm = it.perm() | (it.va() == CONSOLE_ADDR ? PTE_U : 0);
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}
