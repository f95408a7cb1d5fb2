#include "memory/address_space.hh"
#include "abi.hh"
#include "memory/away.hh"
#include "memory/cow.hh"
#include "memory/shared_tables.hh"
#include "page/entry_area.hh"
#include "page/zero_page.hh"

// Give up what an entry refers to.
static void release_page(uint64_t entry) {
    switch (state_of(entry)) {
    case entry_state::empty:
        return;
    case entry_state::present:
        if (!is_zero_page(PTE_ADDR(entry))) kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        return;
    case entry_state::away:
        drop_away(entry);
        return;
    }
}

int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
    uint64_t old = it.entry();
    set_entry(it.entry(), page.pa() | perm);
    page.release();
    release_page(old);
    return 0;
}

int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}

int address_space::add_pages(uintptr_t start, uintptr_t end, uint64_t perm) const {
    size_t missing = (end - start) / PAGESIZE;
    for (vmiter it(pagetable, start); it.find_live(end); it.next()) --missing;
    if (missing > ::free_pages - owed_pages) return E_NOMEM;

    // Until all are there, the new pages are a list: each begins with the address of the one before
    // it.
    uintptr_t newest = 0;
    int result = 0;
    for (uintptr_t va = start; va < end; va += PAGESIZE) {
        if (vmiter(pagetable, va).state() != entry_state::empty) continue;
        result = add_page(va, perm);
        if (result < 0) break;
        *vmiter(pagetable, va).kptr<uintptr_t*>() = newest;
        newest = va;
    }
    while (newest != 0) {
        uintptr_t va = newest;
        auto first_word = vmiter(pagetable, va).kptr<uintptr_t*>();
        newest = *first_word;
        *first_word = 0;
        if (result < 0) remove_pages(va, va + PAGESIZE);
    }
    return result;
}

int address_space::free_pages(uintptr_t start, uintptr_t end) const {
    if (start >= end) return 0;
    if (start % LARGE_PAGESIZE != 0 && own_table(pagetable, start) < 0) return E_NOMEM;
    if (end % LARGE_PAGESIZE != 0 && own_table(pagetable, end - 1) < 0) return E_NOMEM;
    remove_pages(start, end);
    return 0;
}

void address_space::remove_pages(uintptr_t start, uintptr_t end) const {
    for (ptiter table(pagetable, start, end); !table.done(); table.next()) {
        if (is_shared(table)) {                     // all of it goes
            leave_table(table.kptr(), owner());
            set_entry(table.entry(), 0);
            continue;
        }
        if (table.level() == 0) {
            for_each_entry(table, start, end, [](pt_entry& entry, size_t) {
                release_page(entry);
                set_entry(entry, 0);
                return 0;
            });
        }
        if (page_at(table.kptr()).live_entries == 0) table.kfree_ptp();
    }
}

// Give a new page table the kernel's part, with a page for the process's registers. Returns 0, or
// `E_NOMEM` with nothing changed.
static int map_kernel(x86_64_pagetable* pagetable) {
    owned_page frame(page_at(pagetable).owner);
    if (!frame) return E_NOMEM;
    clear_page(frame.get());
    if (int r = map_entry_area(pagetable, frame.pa()); r < 0) return r;
    frame.release();
    return 0;
}

new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (map_kernel(table) < 0) {
        kfree(table);
    } else {
        pagetable_ = table;
    }
}

new_address_space::new_address_space(address_space had)
    : pagetable_(had.pagetable), regions_(*had.regions), heap_(*had.heap), owner_(had.pid) {
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    kfree(space().frame());
    for (ptiter table(pagetable_, 0, user_end); !table.done(); table.next()) {
        if (is_shared(table)) {
            leave_table(table.kptr(), owner_);
            continue;
        }
        if (table.level() == 0) {
            for_each_entry(table, PROC_START_ADDR, user_end, [](pt_entry& entry, size_t) {
                release_page(entry);
                return 0;
            });
        }
        kfree(table.kptr());
    }
    kfree(pagetable_);
}

int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (region& r : regions_) r.faults = 0;
    int64_t shared_from = share_tables(from, pagetable_);
    if (shared_from < 0) return E_NOMEM;
    auto end = uintptr_t(shared_from);
    vmiter to(pagetable_, PROC_START_ADDR);
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_live(end); it.next()) {
        to.find(it.va());
        if (to.reach_last_level() < 0) return E_NOMEM;
        uint64_t inherited = inherit_entry(it.entry(), owner_);
        if (inherited == 0) return E_NOMEM;
        set_entry(to.entry(), inherited & ~(PTE_A | PTE_D));
    }
    return 0;
}

void new_address_space::release(x86_64_pagetable*& pagetable, region_list& regions,
                                heap_bounds& heap) {
    pagetable = pagetable_;
    regions = regions_;
    heap = heap_;
    pagetable_ = nullptr;
}
