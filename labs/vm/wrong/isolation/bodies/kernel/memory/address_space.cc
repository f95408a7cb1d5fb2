// Wrong: the screen is the kernel's alone.
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), it.perm()); r < 0) return r;
    }
    return 0;
}
