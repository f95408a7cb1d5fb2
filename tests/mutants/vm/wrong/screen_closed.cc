// The screen is closed to the process like the rest of the kernel's memory.
// fails: screen-reachable
// why: programs write to the screen themselves
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), it.perm()); r < 0) return r;
    }
    return 0;
}
