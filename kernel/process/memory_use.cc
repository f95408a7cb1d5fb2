#include "process/memory_use.hh"

memory_report memory_of(proc& p) {
    memory_report report = {total_pages, free_pages, owed_pages, 0, 0, 0, 1, {}};
    for (int kind = 0; kind < NFAULT_KINDS; ++kind) report.faults[kind] = p.faults[kind];
    for (ptiter it(&p); !it.done(); it.next()) ++report.tables;
    for (const region& r : p.regions) {
        if (r.source != region_source::nothing) report.promised += PAGENUMBER(r.end - r.start);
    }
    const region* r = p.regions.begin();
    for (vmiter it(&p, PROC_START_ADDR); it.find_live(user_end); it.next()) {
        while (r != p.regions.end() && r->end <= it.va()) ++r;
        bool is_in_region = r != p.regions.end() && r->start <= it.va();
        if (is_in_region && r->source != region_source::nothing) --report.promised;
        if (!has_own_page(it.entry())) continue;
        ++report.resident;
        if (page_at(it.pa()).refcount > 1 || page_at(&it.entry()).refcount > 1) ++report.shared;
    }
    return report;
}
