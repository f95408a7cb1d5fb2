// The kernel's part of a process's page table: all addresses below `PROC_START_ADDR` that the kernel
// itself has, mapped as it has them, for when the process enters it. The process itself may use the
// screen's page, and nothing else there. Returns 0, or `E_NOMEM` with `pagetable` unchanged.
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        uint64_t perm = it.perm() | (it.va() == CONSOLE_ADDR ? PTE_U : 0);
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}

int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), perm); r < 0) return r;
            share_page(it.pa());
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
