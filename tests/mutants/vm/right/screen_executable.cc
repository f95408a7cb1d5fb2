// Pages of the kernel and of the screen are mapped without the no-execute bit.
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        uint64_t perm = (it.perm() & PTE_PW) | (it.va() == CONSOLE_ADDR ? PTE_U : 0);
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}
