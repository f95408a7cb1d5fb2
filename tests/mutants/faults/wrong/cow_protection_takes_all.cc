// `allow_write` gives every page that several have to the first who asks, with a copy that is lost.
// fails: cow-calls
// like: cow_allow_write_shared
// why: what is taken and not used must be given back
// file: kernel/memory/cow.cc
uint64_t allow_write(pt_entry& entry, int owner) {
    if (page_at(PTE_ADDR(entry)).refcount == 1) return PTE_W;
    return copy_of_page(entry, owner) == 0 ? 0 : PTE_COW;
}
