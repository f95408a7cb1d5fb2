// The loop that closes the kernel's pages ends one page too early.
// fails: devices-unreachable touching-kernel-stops
// why: the page just below `PROC_START_ADDR` is not the process's
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        uint64_t perm = it.perm();
        if (it.va() == CONSOLE_ADDR || it.va() >= PROC_START_ADDR - PAGESIZE) perm |= PTE_U;
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}
