// The page behind the screen's is open, too: the end of the screen's pages was taken to be included.
// fails: devices-unreachable
// why: only the screen's one page is the process's
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        bool is_screen = it.va() >= CONSOLE_ADDR && it.va() <= CONSOLE_ADDR + PAGESIZE;
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), it.perm() | (is_screen ? PTE_U : 0)); r < 0) return r;
    }
    return 0;
}
