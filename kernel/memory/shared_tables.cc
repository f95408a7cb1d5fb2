#include "memory/shared_tables.hh"
#include "abi.hh"
#include "memory/cow.hh"

unsigned share_tables(x86_64_pagetable* from, x86_64_pagetable* to, uintptr_t base, int owner) {
    if (fork_copies) return NPAGETABLEENTRIES;
    unsigned first = base == 0 ? 1 : 0;             // the table with the kernel's entries is not shared
    unsigned count = page_at(from).live_entries - first;
    for_each_entry(from, first, count, [&](uint64_t& entry) {
        physical_pageinfo& table = page_at(PTE_ADDR(entry));
        uint64_t shared = entry;
        if (shared & PTE_W) {                       // nobody else uses it yet
            entry = shared &= ~PTE_W;
            table.owner = PO_SHARED;
            table.pages_owner = int8_t(owner);
        }
        ++table.refcount;
        owed_pages += copies_owed(table);
        to->entry[&entry - from->entry] = shared;
        return 0;
    });
    page_at(to).live_entries = uint16_t(page_at(to).live_entries + count);
    page_changes += count;
    return first;
}

// Make `entry` refer to a copy of the shared table `from`: the pages are copy-on-write in both of them.
static int copy_table(uint64_t& entry, x86_64_pagetable* from, int owner) {
    owed_share its_own(page_at(from));
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    page_at(to).live_entries = page_at(from).live_entries;
    page_at(to).copies = page_at(from).copies;
    for_each_entry(from, 0, page_at(from).live_entries, [&](uint64_t& page) {
        to->entry[&page - from->entry] = inherit_page(page, owner);
        return 0;
    });
    leave_table(from, owner);
    entry = reinterpret_cast<uintptr_t>(to) | PTE_PWU | PTE_A;      // as some of its entries have it
    return 1;
}

int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    uint64_t* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    x86_64_pagetable* table = table_of(*entry);
    int owner = page_at(pagetable).owner;
    if (page_at(table).refcount > 1) return copy_table(*entry, table, owner);
    page_at(table).owner = int8_t(owner);
    *entry |= PTE_W;
    return 1;
}

void leave_pages(x86_64_pagetable* table, int owner) {
    page_at(table).pages_owner = 0;
    for_each_entry(table, 0, page_at(table).live_entries, [&](uint64_t& entry) {
        physical_pageinfo& page = page_at(PTE_ADDR(entry));
        if (page.owner == owner) page.owner = PO_SHARED;
        return 0;
    });
}
