// All of the kernel's part is mapped alike first; then the screen is opened.
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.va() < PROC_START_ADDR; it += PAGESIZE) {
        if (!it.present()) continue;
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), it.perm()); r < 0) return r;
    }
    return vmiter(pagetable, CONSOLE_ADDR).try_map(CONSOLE_ADDR, PTE_PWU | PTE_XD);
}
