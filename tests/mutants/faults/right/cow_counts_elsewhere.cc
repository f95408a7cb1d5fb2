// How many processes share a page is found by looking through their page tables, not by its count.
// differs: algorithm
// file: kernel/memory/cow.cc
#include "process/process.hh"
// added
// How many last-level entries of processes' page tables refer to the page at `pa`; a table of several counts once.
static unsigned count_entries(uintptr_t pa) {
    static bool seen[PAGENUMBER(MEMSIZE_PHYSICAL)];
    memset(seen, 0, sizeof(seen));
    unsigned count = 0;
    for (proc& p : ptable) {
        if (!p.pagetable) continue;
        for (vmiter it(&p, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
            if (PTE_ADDR(it.entry()) == pa) ++count;
        }
    }
    return count;
}
// replaced
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (count_entries(PTE_ADDR(entry)) > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
        kind = FAULT_REUSE;
    }
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
