// No page table is shared: a fork copies all of them.
// fails: tables-shared
// why: parent and child can share page tables until one of them changes something
// file: kernel/memory/shared_tables.cc
// absent: add_sharer
// absent: share_some
int64_t share_tables(address_space, x86_64_pagetable*) {
    return int64_t(user_end);
}
