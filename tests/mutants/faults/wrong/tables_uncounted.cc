// References to a shared table are not counted.
// fails: tables-end
// why: the first who exits frees the table, and its pages, under the other
// broken: share_tables
// file: kernel/memory/shared_tables.cc
static int add_sharer(pt_entry& entry, int owner) {
    physical_pageinfo& table = page_at(PTE_ADDR(entry));
    if (table.pages_owner == 0) table.pages_owner = int8_t(owner);
    set_flags(entry, PTE_FLAGS(entry) & ~PTE_W);
    ++page_changes;
    return 0;
}
