// Only the kernel's image is closed to the process: the rest of what lies below `PROC_START_ADDR` stays open.
// fails: touching-kernel-stops kernel-unreachable
// why: no page below `PROC_START_ADDR` but the screen's is the process's, whatever lies there
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        bool is_kernels = it.va() >= KERNEL_START_ADDR && it.va() < KERNEL_LIMIT_ADDR;
        uint64_t perm = is_kernels ? it.perm() : PTE_PWU | PTE_XD;
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}
