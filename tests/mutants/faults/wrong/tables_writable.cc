// The entries above a shared table still allow writes.
// fails: tables-shared
// like: tables_not_shared
// why: a write through a shared table must fault, or the other process has what was written
// broken: share_tables
// file: kernel/memory/shared_tables.cc
static int add_sharer(pt_entry& entry, int owner) {
    physical_pageinfo& table = page_at(PTE_ADDR(entry));
    if (table.pages_owner == 0) table.pages_owner = int8_t(owner);
    table.owner = PO_SHARED;
    ++table.refcount;
    ++page_changes;
    return 0;
}
