#include "memory/address_space.hh"
#include "abi.hh"
#include "page/kernel_map.hh"

// The kernel's part of a process's page table: all addresses below `PROC_START_ADDR` that the kernel itself has, mapped
// as it has them, for when the process enters it. The process itself may use the screen's page, and nothing else there.
// Returns 0, or `E_NOMEM` with `pagetable` unchanged.
static int map_kernel(x86_64_pagetable* pagetable) {
    for (vmiter it(kernel_pagetable); it.find_mapped(PROC_START_ADDR); it.next()) {
        uint64_t perm = it.perm() | (it.va() == CONSOLE_ADDR ? PTE_U : 0);
        if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), perm); r < 0) return r;
    }
    return 0;
}

new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (map_kernel(table) < 0) kfree(table);
    else pagetable_ = table;
}

int address_space::add_page(uintptr_t va, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    vmiter it(pagetable, va);
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}

int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
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

// What follows is complete.

new_address_space::new_address_space(address_space had)
    : pagetable_(had.pagetable), regions_(*had.regions), heap_(*had.heap), owner_(had.pid) {
}

void new_address_space::release(x86_64_pagetable*& pagetable, region_list& regions,
                                heap_bounds& heap) {
    pagetable = pagetable_;
    regions = regions_;
    heap = heap_;
    pagetable_ = nullptr;
}

int address_space::add_pages(uintptr_t start, uintptr_t end, uint64_t perm) const {
    constexpr size_t tables = 1;                    // that may be missing
    if ((end - start) / PAGESIZE + tables > ::free_pages) return E_NOMEM;
    for (uintptr_t va = start; va < end; va += PAGESIZE) {
        if (vmiter(pagetable, va).present()) continue;
        if (int r = add_page(va, perm); r < 0) return r;
    }
    return 0;
}

int address_space::free_pages(uintptr_t start, uintptr_t end) const {
    for (vmiter it(pagetable, start); it.find_mapped(end); it.next()) it.kfree_page();
    return 0;
}
