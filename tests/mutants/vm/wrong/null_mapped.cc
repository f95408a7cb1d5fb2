// Page 0 is mapped like the kernel's memory, since the loop begins at address 0.
// fails: page-zero-unmapped
// why: page 0 is nobody's: a null pointer must not lead anywhere
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    if (int r = vmiter(pagetable, 0).try_map(uint64_t(0), PTE_P | PTE_W | PTE_XD); r < 0) return r;
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        uint64_t perm = it.perm() | (it.va() == CONSOLE_ADDR ? PTE_U : 0);
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}
