// The table that is left is gone through by index.
// file: kernel/memory/shared_tables.cc
void leave_pages(x86_64_pagetable* table, int owner) {
    for (unsigned i = 0; i < NPAGETABLEENTRIES; ++i) {
        pt_entry& entry = table->entry[i];
        if (!has_own_page(entry) || page_at(PTE_ADDR(entry)).owner != owner) continue;
        page_at(PTE_ADDR(entry)).owner = PO_SHARED;
    }
    page_at(table).pages_owner = 0;
}
