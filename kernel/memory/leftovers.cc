#include "memory/leftovers.hh"
#include "memory/shared_tables.hh"
#include "memory/work_part.hh"

uint32_t first_leftover;
bool more_memory_comes;

constexpr int work_of_leaving = 64;     // as many pages: to look at all entries of a table
constexpr int give_back_limit = 8 * part_limit;     // pages that are not even touched

// Give back what a last-level table has for the process.
static void give_back_pages(const ptiter& table, work_part& work) {
    for_each_entry(table, PROC_START_ADDR, user_end, [&](pt_entry& entry, size_t) {
        release_page(entry);
        work.spend(1);
        return 0;
    });
}

// Give back the leftover `pagetable`, as far as this part reaches. Returns whether that was all.
static bool give_back(x86_64_pagetable* pagetable, work_part& work) {
    int owner = page_at(pagetable).owner;
    for (ptiter table(pagetable, 0, user_end); !table.done(); table.next()) {
        if (work.is_over()) return false;
        if (is_shared(table)) {
            work.spend(page_at(table.kptr()).pages_owner == owner ? work_of_leaving : 1);
            leave_table(table.kptr(), owner);
            set_entry(table.entry(), 0);
            continue;
        }
        if (table.level() == 0) give_back_pages(table, work);
        work.spend(work_of_table);
        table.kfree_ptp();
    }
    kfree(pagetable);
    return true;
}

// The same for the first one on the list.
static void give_back_first(work_part& work) {
    auto pagetable = reinterpret_cast<x86_64_pagetable*>(PAGEADDRESS(first_leftover));
    uint32_t next = page_at(pagetable).next;
    if (give_back(pagetable, work)) first_leftover = next;
}

void leave_over(x86_64_pagetable* pagetable) {
    bool is_first = !anything_left();
    page_at(pagetable).next = first_leftover;
    first_leftover = uint32_t(PAGENUMBER(reinterpret_cast<uintptr_t>(pagetable)));
    work_part work(part_limit);
    if (is_first) give_back_first(work);
}

void give_back_part() {
    work_part work(give_back_limit);
    while (anything_left() && !work.is_over()) give_back_first(work);
    more_memory_comes = anything_left();
}
