// References to a shared table are not counted.
// fails: tables-end
// why: the first who exits frees the table, and its pages, under the other
// file: kernel/memory/shared_tables.cc
unsigned share_tables(x86_64_pagetable* from, x86_64_pagetable* to, uintptr_t base, int owner) {
    if (fork_copies) return NPAGETABLEENTRIES;
    unsigned first = base == 0 ? 1 : 0;
    unsigned count = page_at(from).live_entries - first;
    for_each_entry(from, first, count, [&](uint64_t& entry) {
        physical_pageinfo& table = page_at(PTE_ADDR(entry));
        if (table.pages_owner == 0) table.pages_owner = int8_t(owner);
        to->entry[&entry - from->entry] = entry &= ~PTE_W;
        return 0;
    });
    page_at(to).live_entries = uint16_t(page_at(to).live_entries + count);
    page_changes += count;
    return first;
}
