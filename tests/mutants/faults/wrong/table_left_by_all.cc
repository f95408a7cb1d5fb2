// When one process leaves a table, all pages in it lose their owner, also those of a page that has
// another one, and the table forgets nothing.
// fails: tables-counts
// why: from now on the table's pages are nobody's: `pages_owner` is 0
// file: kernel/memory/shared_tables.cc
void leave_pages(x86_64_pagetable* table, int owner) {
    for_each_entry(table, 0, NPAGETABLEENTRIES, [&](pt_entry& entry, size_t) {
        if (!has_own_page(entry)) return 0;
        physical_pageinfo& page = page_at(PTE_ADDR(entry));
        if (page.owner == owner) page.owner = PO_SHARED;
        return 0;
    });
}
