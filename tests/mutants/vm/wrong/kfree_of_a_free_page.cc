// `kfree` does not look whether the page is free already: it is on the list twice, and is handed
// out twice.
// fails: freeing-begun
// why: a page that is given up twice must not be there twice
// broken: kfree new_address_space::~new_address_space
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    ++page_changes;
    if (page.refcount > 1) {
        --page.refcount;
        return;
    }
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    ++free_pages;
}
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) {
        void* table = it.kptr();
        it.kfree_ptp();
        kfree(table);
    }
    kfree(pagetable_);
}
