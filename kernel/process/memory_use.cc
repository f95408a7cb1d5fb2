#include "process/memory_use.hh"
#include "memory/leftovers.hh"
#include "memory/work_part.hh"

// Count one last-level table.
static void count_table(const ptiter& table, proc& p, work_part& work) {
    memory_counts& counted = p.counted;
    bool is_shared_table = page_at(table.kptr()).refcount > 1;
    for_each_entry(table, PROC_START_ADDR, user_end, [&](const pt_entry& entry, size_t index) {
        work.spend(1);
        const region* promise = p.regions.find(table.va() + PAGEADDRESS(index));
        if (promise && promise->source != region_source::nothing) --counted.promised;
        if (!has_own_page(entry)) return 0;
        ++counted.resident;
        if (is_shared_table || page_at(PTE_ADDR(entry)).refcount > 1) ++counted.shared;
        return 0;
    });
}

int count_memory(proc& p) {
    if (anything_left()) return E_MORE;             // what processes have left is to be free first
    work_part work(&p.progress);
    if (work.begin() == 0) {
        p.counted = {};
        p.counted.tables = 1;                       // the top-level one
        for (const region& r : p.regions) {
            if (r.source != region_source::nothing) {
                p.counted.promised += PAGENUMBER(r.end - r.start);
            }
        }
    }
    for (ptiter table(&p, work.begin()); !table.done(); table.next()) {
        if (table.level() == 0) {
            if (work.is_over()) return work.stop(table.va());
            count_table(table, p, work);
        }
        work.spend(work_of_table);
        ++p.counted.tables;
    }
    return 0;
}

memory_report memory_of(const proc& p) {
    const memory_counts& counted = p.counted;
    memory_report report = {total_pages,      free_pages,     owed_pages, counted.resident,
                            counted.promised, counted.shared, counted.tables, {}};
    for (int kind = 0; kind < NFAULT_KINDS; ++kind) report.faults[kind] = p.faults[kind];
    return report;
}
