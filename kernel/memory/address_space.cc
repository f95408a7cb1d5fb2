#include "memory/address_space.hh"
#include "abi.hh"
#include "memory/cow.hh"
#include "memory/kernel_map.hh"
#include "memory/shared_tables.hh"
#include "memory/zero_page.hh"

// A page that `add_pages` has mapped, until all are there: one more bit that the CPU leaves to us
constexpr uint64_t PTE_NEW = 0x400;

static uintptr_t span_of(int level) {               // bytes that one entry of a table of that level covers
    return uintptr_t(1) << (PAGEOFFBITS + PAGEINDEXBITS * level);
}

// Give up the page that an entry had.
static void release_page(uint64_t entry) {
    if ((entry & PTE_P) && !is_zero_page(PTE_ADDR(entry))) kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
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

// Clear the entries of a table, which begins at `base`, for `[start, end)`, and free tables that become empty.
static void clear_table(x86_64_pagetable* table, int level, uintptr_t base, uintptr_t start, uintptr_t end, int owner) {
    unsigned first = unsigned((max(start, base) - base) / span_of(level));
    uintptr_t last = min(end - base, span_of(level + 1));
    uint64_t* stop = table->entry + (last + span_of(level) - 1) / span_of(level);
    for (uint64_t* entry = table->entry + first; (entry = first_nonzero(entry, stop)) != stop; ++entry) {
        uintptr_t va = base + uintptr_t(entry - table->entry) * span_of(level);
        if (level == 0) {
            release_page(*entry);
            set_entry(*entry, 0);
            continue;
        }
        x86_64_pagetable* below = table_of(*entry);
        if (level == 1 && page_at(below).refcount > 1) {    // all of it goes: `free_pages` has seen to that
            leave_table(below, owner);
            set_entry(*entry, 0);
            ++page_changes;
            continue;
        }
        clear_table(below, level - 1, va, start, end, owner);
        if (page_at(below).live_entries > 0) continue;
        kfree(below);
        set_entry(*entry, 0);
    }
}

int address_space::add_pages(uintptr_t start, uintptr_t end, uint64_t perm) const {
    size_t missing = (end - start) / PAGESIZE;
    for (vmiter it(pagetable, start); it.find_mapped(end); it.next()) --missing;
    if (missing > ::free_pages - owed_pages) return E_NOMEM;
    int result = 0;
    for (uintptr_t va = start; va < end && result == 0; va += PAGESIZE) {
        if (!vmiter(pagetable, va).present()) result = add_page(va, perm | PTE_NEW);
    }
    for (vmiter it(pagetable, start); it.find_mapped(end);) {
        uintptr_t va = it.va();
        bool is_new = it.entry() & PTE_NEW;
        it.entry() &= ~PTE_NEW;
        if (is_new && result < 0) clear_table(pagetable, 3, 0, va, va + PAGESIZE, owner());
        it = vmiter(pagetable, va + PAGESIZE);
    }
    return result;
}

int address_space::free_pages(uintptr_t start, uintptr_t end) const {
    if (start >= end) return 0;
    if (start % LARGE_PAGESIZE != 0 && own_table(pagetable, start) < 0) return E_NOMEM;
    if (end % LARGE_PAGESIZE != 0 && own_table(pagetable, end - 1) < 0) return E_NOMEM;
    clear_table(pagetable, 3, 0, start, end, owner());
    return 0;
}

// The entries of a table that are the process's own: not those of the kernel, if the table begins at address 0.
static unsigned first_own(int level, uintptr_t va) {
    return level == 0 && va == 0 ? kernel_entries : 0;
}
static unsigned count_own(const x86_64_pagetable* table, int level, uintptr_t va) {
    return page_at(table).live_entries - (level == 0 && va == 0 ? live_kernel_entries : 0);
}

new_address_space::new_address_space(int owner)
    : pagetable_(nullptr) {
    owned_page frame(owner);
    x86_64_pagetable* table = frame ? new_table(owner) : nullptr;
    if (!table) return;
    clear_page(frame.get());
    if (map_entry_area(table, frame.pa()) < 0) {
        kfree(table);
        return;
    }
    frame.release();
    pagetable_ = table;
}

new_address_space::new_address_space(x86_64_pagetable* table, const region_list& regions)
    : pagetable_(table), regions_(regions) {
}

// Give up a table that nobody else uses, and all below it. A template, so that each level's loop is as short as can be.
template <int level>
static void free_table(x86_64_pagetable* table, uintptr_t base, int owner) {
    for_each_entry(table, first_own(level, base), count_own(table, level, base), [&](uint64_t& entry) {
        if constexpr (level == 0) {
            release_page(entry);
        } else if (level == 1 && page_at(PTE_ADDR(entry)).refcount > 1) {
            leave_table(table_of(entry), owner);
        } else {
            free_table<level - 1>(table_of(entry), base + uintptr_t(&entry - table->entry) * span_of(level), owner);
        }
        return 0;
    });
    kfree(table);
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    kfree(space().frame());
    free_table<3>(pagetable_, 0, page_at(pagetable_).owner);
}

// Copy what a table has, which begins at `base`, into a table of the same place in another page table.
static int copy_table(x86_64_pagetable* from, x86_64_pagetable* to, int level, uintptr_t base, int owner) {
    unsigned first = first_own(level, base), count = count_own(from, level, base);
    if (level == 1) count = min(count, share_tables(from, to, base, page_at(from).owner));
    if (owes_too_much()) return E_NOMEM;
    return for_each_entry(from, first, count, [&](uint64_t& entry) {
        size_t index = size_t(&entry - from->entry);
        uint64_t& copy = to->entry[index];
        if (level == 0) {
            uint64_t inherited = inherit_page(entry, owner);
            set_entry(copy, inherited & ~(PTE_A | PTE_D));
            return inherited ? 0 : E_NOMEM;
        }
        if (copy == 0) {
            x86_64_pagetable* table = new_table(owner);
            if (!table) return E_NOMEM;
            set_entry(copy, reinterpret_cast<uintptr_t>(table) | PTE_PWU);
        }
        return copy_table(table_of(entry), table_of(copy), level - 1, base + index * span_of(level), owner);
    });
}

int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    for (region& r : regions_) r.faults = 0;
    return copy_table(from.pagetable, pagetable_, 3, 0, page_at(pagetable_).owner);
}

void new_address_space::release(x86_64_pagetable*& pagetable, region_list& regions) {
    pagetable = pagetable_;
    regions = regions_;
    pagetable_ = nullptr;
}
