#include "page/recency.hh"

// What a harvest may cost at one tick. To look whether a last-level table was used costs 1, and to
// look at all of its entries costs more. The weensy machine has two such tables a process.
constexpr int cost_of_table = 1, cost_of_entries = 16;
constexpr int cost_limit = 2 * NPROC * (cost_of_table + cost_of_entries);

static uint16_t half_second = 1;                    // the present one's number; 0 is none's
static pid_t next_pid = NPROC;                      // the harvest goes on with this process,
static uintptr_t next_va;                           // from here; `NPROC`: it has ended

static bool has_age(uintptr_t pa) {
    return PAGENUMBER(pa) < npages && !page_at(pa).is_pagetable && !is_zero_page(pa);
}

static void harvest_entry(pt_entry& entry) {
    if ((entry & (PTE_P | PTE_A)) != (PTE_P | PTE_A)) return;
    // in force from the next `mov cr3` on
    set_flags(entry, entry & ~PTE_A);
    if (has_age(PTE_ADDR(entry))) page_at(PTE_ADDR(entry)).touched = half_second;
}

// Harvest the last-level table that `it` is in, from there to its end.
static void harvest_table(const vmiter& it) {
    pt_entry* entry = &it.entry();
    do {
        harvest_entry(*entry++);
    } while (reinterpret_cast<uintptr_t>(entry) % PAGESIZE != 0);
}

// Harvest a page table from `next_va` on, as far as `cost_left` reaches. True if that was all.
static bool harvest_process(x86_64_pagetable* pagetable, int& cost_left) {
    vmiter it(pagetable, next_va);
    while (it.find_mapped(user_end)) {
        next_va = it.va();
        if (cost_left <= 0) return false;
        pt_entry& above = *find_entry(pagetable, next_va, 1);
        cost_left -= cost_of_table;
        if ((above & (PTE_A | PTE_PS)) == PTE_A) {      // only the kernel's own has large pages
            set_flags(above, above & ~PTE_A);
            harvest_table(it);
            cost_left -= cost_of_entries;
        }
        it.find(round_down(next_va, LARGE_PAGESIZE) + LARGE_PAGESIZE);
    }
    return true;
}

void harvest_accessed(uint64_t tick, x86_64_pagetable* (*pagetable_of)(pid_t pid)) {
    if (tick % harvest_interval == 0) {
        if (++half_second == 0) ++half_second;
        if (next_pid == NPROC) next_pid = 1;
    }
    for (int cost_left = cost_limit; next_pid < NPROC; ++next_pid, next_va = 0) {
        x86_64_pagetable* pagetable = pagetable_of(next_pid);
        if (pagetable && !harvest_process(pagetable, cost_left)) return;
    }
}

unsigned page_age(uintptr_t pa) {
    if (!has_age(pa) || page_at(pa).touched == 0) return never_touched;
    return uint16_t(half_second - page_at(pa).touched);
}

bool is_touched_lately(uint64_t entry) {
    return (entry & PTE_A) || page_age(PTE_ADDR(entry)) == 0;
}
