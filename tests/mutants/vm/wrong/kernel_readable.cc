// The process may read the kernel's memory, though not write to it.
// fails: kernel-unreachable devices-unreachable
// why: a process must not even read what the kernel keeps about others
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        uint64_t perm = it.va() == CONSOLE_ADDR ? PTE_PWU | PTE_XD : (it.perm() & ~PTE_W) | PTE_U;
        if (it.va() < KERNEL_LIMIT_ADDR && (it.perm() & PTE_W)) perm = it.perm();
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}
