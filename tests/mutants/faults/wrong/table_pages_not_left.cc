// Whoever leaves a shared table leaves its pages in its own name.
// fails: tables-end
// why: what belonged to the process that leaves is `PO_SHARED` now
// file: kernel/memory/shared_tables.cc
void leave_pages(x86_64_pagetable* table, int) {
    page_at(table).pages_owner = 0;
}
