#include "memory/address_space.hh"
#include "abi.hh"
#include "memory/away.hh"
#include "memory/cow.hh"
#include "memory/leftovers.hh"
#include "memory/shared_tables.hh"
#include "memory/work_part.hh"
#include "page/entry_area.hh"
#include "page/zero_page.hh"

// The same for a page in which others see what the process writes. If it has written there, the CPU
// has noted that.
[[gnu::noinline]] static void release_shared_page(uint64_t entry) {
    if (entry & PTE_D) page_at(PTE_ADDR(entry)).is_written = true;
    kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
}

void release_page(uint64_t entry) {
    switch (state_of(entry)) {
    case entry_state::empty:
        return;
    case entry_state::present:
        if (is_zero_page(PTE_ADDR(entry))) return;
        if (entry & PTE_SHARED) [[unlikely]]
            return release_shared_page(entry);
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
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

// `add_pages` has three stages. The low bits of its progress say which one it is in; the others are
// the address of the newest page.
enum add_stage : uintptr_t {
    adding,
    keeping,                            // all are there
    undoing,                            // memory ran out
};

// Add pages behind those that earlier parts have added. Until all are there, the new pages are a
// list: each begins with the address of the one before it.
int address_space::bring_pages(uintptr_t start, uintptr_t end, uint64_t perm,
                               work_part& work) const {
    uintptr_t newest = work.begin();
    for (uintptr_t va = newest ? newest + PAGESIZE : start; va < end; va += PAGESIZE) {
        if (vmiter(pagetable, va).state() != entry_state::empty) continue;
        if (work.is_over()) return work.stop(newest | adding);
        work.spend_on(va);
        if (add_page(va, perm) < 0) return settle_pages(newest, false, work);
        *vmiter(pagetable, va).kptr<uintptr_t*>() = newest;
        newest = va;
    }
    return settle_pages(newest, true, work);
}

// Take the list apart, and keep its pages or give them up.
int address_space::settle_pages(uintptr_t newest, bool are_kept, work_part& work) const {
    while (newest != 0) {
        if (work.is_over()) return work.stop(newest | (are_kept ? keeping : undoing));
        work.spend_on(newest);
        uintptr_t va = newest;
        auto first_word = vmiter(pagetable, va).kptr<uintptr_t*>();
        newest = *first_word;
        *first_word = 0;
        work_part all(nullptr);
        if (!are_kept) remove_pages(va, va + PAGESIZE, all);
    }
    return are_kept ? 0 : E_NOMEM;
}

int address_space::add_pages(uintptr_t start, uintptr_t end, uint64_t perm) const {
    work_part work(progress);
    uintptr_t stage = work.begin() & PAGEOFFMASK, newest = work.begin() - stage;
    if (stage != adding) return settle_pages(newest, stage == keeping, work);
    if (newest == 0) {
        size_t missing = (end - start) / PAGESIZE;
        for (vmiter it(pagetable, start); it.find_live(end); it.next()) --missing;
        if (missing > ::free_pages - owed_pages) return E_NOMEM;
    }
    return bring_pages(start, end, perm, work);
}

int address_space::free_pages(uintptr_t start, uintptr_t end) const {
    if (start >= end) return 0;
    if (start % LARGE_PAGESIZE != 0 && own_table(pagetable, start) < 0) return E_NOMEM;
    if (end % LARGE_PAGESIZE != 0 && own_table(pagetable, end - 1) < 0) return E_NOMEM;
    work_part work(progress);
    return remove_pages(start, end, work) ? 0 : work.stop(start);
}

bool address_space::remove_pages(uintptr_t start, uintptr_t end, work_part& work) const {
    for (ptiter table(pagetable, start, end); !table.done(); table.next()) {
        if (work.is_over()) return false;
        work.spend(work_of_table);
        if (is_shared(table)) {                     // all of it goes
            leave_table(table.kptr(), owner());
            set_entry(table.entry(), 0);
            continue;
        }
        if (table.level() == 0) {
            for_each_entry(table, start, end, [&](pt_entry& entry, size_t) {
                work.spend(1);
                release_page(entry);
                set_entry(entry, 0);
                return 0;
            });
        }
        if (page_at(table.kptr()).live_entries == 0) table.kfree_ptp();
    }
    return true;
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
    vmiter(pagetable_, reinterpret_cast<uintptr_t>(entry_frame)).kfree_page();
    leave_over(pagetable_);
}

int new_address_space::copy(address_space from) {
    int64_t shared_from = share_tables(from, pagetable_);
    if (shared_from < 0) return int(shared_from);
    auto end = uintptr_t(shared_from);
    work_part work(from.progress);
    vmiter to(pagetable_, PROC_START_ADDR);
    vmiter it(from.pagetable, max(work.begin(), uintptr_t(PROC_START_ADDR)));
    for (; it.find_live(end); it.next()) {
        if (work.is_over()) return work.stop(it.va());
        work.spend_on(it.va());
        to.find(it.va());
        if (to.reach_last_level() < 0) return work.stop(it.va(), E_NOMEM);
        if (to.entry() != 0) continue;              // copied before memory ran out
        uint64_t inherited = inherit_entry(it.entry(), owner_);
        if (inherited == 0) return work.stop(it.va(), E_NOMEM);
        set_entry(to.entry(), inherited & ~(PTE_A | PTE_D));
    }
    regions_.become(*from.regions);
    heap_ = *from.heap;
    for (region& r : regions_) r.faults = 0;
    return 0;
}

x86_64_pagetable* new_address_space::suspend() {
    x86_64_pagetable* pagetable = pagetable_;
    pagetable_ = nullptr;
    return pagetable;
}

void new_address_space::release(x86_64_pagetable*& pagetable, region_list& regions,
                                heap_bounds& heap) {
    pagetable = pagetable_;
    regions.become(regions_);
    heap = heap_;
    pagetable_ = nullptr;
}
