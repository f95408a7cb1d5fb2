// The kernel's memory is mapped for the process too: whoever maps it passes the permissions of a user page everywhere.
// fails: isolation-begun
// why: a process could read and write the kernel's memory
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), PTE_PWU); r < 0) return r;
    }
    return 0;
}
