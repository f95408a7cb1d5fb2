#include "memory/shared_tables.hh"
#include "abi.hh"
#include "memory/cow.hh"
#include "memory/work_part.hh"

// One more process uses the last-level table that `entry` of process `owner` refers to. Returns 0,
// or `E_NOMEM` with nothing changed if more would be owed than is free.
static int add_sharer(pt_entry& entry, int owner) {
    physical_pageinfo& table = page_at(PTE_ADDR(entry));
    size_t owed = copies_owed(table);
    if (owed > free_pages - owed_pages) return E_NOMEM;
    if (entry & PTE_W) {                            // nobody else uses it yet
        set_flags(entry, PTE_FLAGS(entry) & ~PTE_W);
        table.owner = PO_SHARED;
        table.pages_owner = int8_t(owner);
    }
    ++table.refcount;
    owed_pages += owed;
    ++page_changes;
    return 0;
}

constexpr int shared_at_once = 8;       // tables, that are shared as fast as a page is copied

// Share the tables that one level-1 table has from `va` on: as it has them, `to` has them.
static int share_some(address_space from, uintptr_t va, x86_64_pagetable* to, work_part& work) {
    vmiter copy(to, va);
    if (copy.reach_level(1) < 0) return E_NOMEM;
    x86_64_pagetable* above = table_with(find_entry(from.pagetable, va, 1));
    x86_64_pagetable* above_copy = table_with(&copy.entry());
    int owner = from.owner();
    work.spend(work_of_table + page_at(above).live_entries / shared_at_once);
    auto share = [&](pt_entry& entry, size_t index) {
        if (above_copy->entry[index] != 0) return 0;        // shared before memory ran out
        if (int r = add_sharer(entry, owner); r < 0) return r;
        set_entry(above_copy->entry[index], entry);
        return 0;
    };
    return for_each_entry(above, index_at(va, 1), NPAGETABLEENTRIES, share);
}

int64_t share_tables(address_space from, x86_64_pagetable* to) {
    if (fork_copies) return int64_t(user_end);
    constexpr uintptr_t span = span_of(2);          // what a level-1 table covers
    work_part work(from.progress);
    vmiter it(from.pagetable, max(work.begin(), LARGE_PAGESIZE));
    for (; it.find_live(user_end); it.find((it.va() & ~(span - 1)) + span)) {
        if (work.is_over()) return work.stop(it.va());
        int r = share_some(from, it.va(), to, work);
        if (r < 0) return work.stop(it.va(), r);
    }
    return LARGE_PAGESIZE;
}

// Make `entry`, which refers to a table that others use too, refer to a copy: the pages are
// copy-on-write in both.
static int copy_table(pt_entry& entry, int owner) {
    x86_64_pagetable* from = table_of(entry);
    owed_share its_own(page_at(from));
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    for_each_entry(from, 0, NPAGETABLEENTRIES, [&](pt_entry& page, size_t index) {
        set_entry(to->entry[index], inherit_entry(page, owner));
        return 0;
    });
    leave_table(from, owner);
    // The CPU has used the table: some of its entries have `PTE_A`, so this one must have it too.
    set_entry(entry, reinterpret_cast<uintptr_t>(to) | PTE_PWU | PTE_A);
    return 1;
}

int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    int owner = page_at(pagetable).owner;
    physical_pageinfo& table = page_at(table_of(*entry));
    if (table.refcount > 1) return copy_table(*entry, owner);
    table.owner = int8_t(owner);
    set_flags(*entry, PTE_FLAGS(*entry) | PTE_W);
    return 1;
}

void leave_pages(x86_64_pagetable* table, int owner) {
    page_at(table).pages_owner = 0;
    for_each_entry(table, 0, NPAGETABLEENTRIES, [&](pt_entry& entry, size_t) {
        if (!has_own_page(entry)) return 0;         // what is away belongs to nobody
        physical_pageinfo& page = page_at(PTE_ADDR(entry));
        if (page.owner == owner) page.owner = PO_SHARED;
        return 0;
    });
}
