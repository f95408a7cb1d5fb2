#include "memory/shared_tables.hh"
#include "abi.hh"
#include "memory/cow.hh"

// One more process uses the last-level table that `entry` of process `owner` refers to.
static void add_sharer(pt_entry& entry, int owner) {
    physical_pageinfo& table = page_at(PTE_ADDR(entry));
    if (entry & PTE_W) {                            // nobody else uses it yet
        set_flags(entry, PTE_FLAGS(entry) & ~PTE_W);
        table.owner = PO_SHARED;
        table.pages_owner = int8_t(owner);
    }
    ++table.refcount;
    owed_pages += copies_owed(table);
    ++page_changes;
}

int64_t share_tables(address_space from, x86_64_pagetable* to) {
    if (fork_copies) return int64_t(user_end);
    constexpr uintptr_t span = span_of(2);          // what a level-1 table covers
    int owner = from.owner();
    vmiter it(from.pagetable, LARGE_PAGESIZE);
    for (; it.find_live(user_end); it.find((it.va() & ~(span - 1)) + span)) {
        vmiter copy(to, it.va());
        if (copy.reach_level(1) < 0) return E_NOMEM;
        x86_64_pagetable* above = table_with(find_entry(from.pagetable, it.va(), 1));
        x86_64_pagetable* above_copy = table_with(&copy.entry());
        auto share = [&](pt_entry& entry, size_t index) {
            add_sharer(entry, owner);
            set_entry(above_copy->entry[index], entry);
            return 0;
        };
        for_each_entry(above, index_at(it.va(), 1), NPAGETABLEENTRIES, share);
        if (owes_too_much()) return E_NOMEM;
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
