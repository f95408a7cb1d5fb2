// What is to be given back is collected in an array first.
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    static void* gone[PAGENUMBER(MEMSIZE_VIRTUAL) + 16];
    size_t count = 0;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) gone[count++] = it.kptr();
    for (ptiter it(pagetable_); !it.done(); it.next()) gone[count++] = it.kptr();
    gone[count++] = pagetable_;
    pagetable_ = nullptr;
    while (count > 0) kfree(gone[--count]);
}
