#include "memory/leftovers.hh"
#include "memory/shared_tables.hh"
#include "memory/work_part.hh"

uint32_t first_leftover;
bool more_memory_comes;
static uintptr_t next_va;               // the first leftover is given back up to here

constexpr int work_of_leaving = 64;     // as many pages: to look at all entries of a table
constexpr int give_back_limit = 8 * part_limit;     // pages that are not even touched

// Give back a table and what it has for the process that had `pagetable`.
static void give_back(const ptiter& table, int owner, work_part& work) {
    if (is_shared(table)) {
        work.spend(page_at(table.kptr()).pages_owner == owner ? work_of_leaving : 1);
        return leave_table(table.kptr(), owner);
    }
    if (table.level() == 0) {
        work.spend(page_at(table.kptr()).live_entries);
        for_each_entry(table, PROC_START_ADDR, user_end, [](pt_entry& entry, size_t) {
            release_page(entry);
            return 0;
        });
    }
    work.spend(work_of_table);
    kfree(table.kptr());
}

// Give back the first leftover, as far as this part reaches. Between parts nobody looks at what is
// given back already, so entries that refer to it stay.
static void give_back_first(work_part& work) {
    auto pagetable = reinterpret_cast<x86_64_pagetable*>(PAGEADDRESS(first_leftover));
    physical_pageinfo& top = page_at(pagetable);
    for (ptiter table(pagetable, next_va, user_end); !table.done(); table.next()) {
        if (work.is_over() && table.level() == 0) {
            next_va = table.va();
            return;
        }
        give_back(table, top.owner, work);
    }
    next_va = 0;
    first_leftover = top.next;
    kfree(pagetable);
}

void leave_over(x86_64_pagetable* pagetable) {
    auto number = uint32_t(PAGENUMBER(reinterpret_cast<uintptr_t>(pagetable)));
    uint32_t& link = anything_left() ? pageinfo[first_leftover].next : first_leftover;
    bool is_first = !anything_left();
    page_at(pagetable).next = is_first ? 0 : link;
    link = number;
    work_part work(part_limit);
    if (is_first) give_back_first(work);
}

void give_back_part() {
    work_part work(give_back_limit);
    while (anything_left() && !work.is_over()) give_back_first(work);
    more_memory_comes = anything_left();
}
