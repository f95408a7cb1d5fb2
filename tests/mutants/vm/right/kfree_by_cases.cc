// Whether it was the last reference is asked before it is taken away.
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (address == nullptr) return;
    physical_pageinfo& page = page_at(address);
    bool is_taken = page.refcount > 0 && page.owner != PO_RESERVED;
    if (!is_taken) {
        panic("kfree of page %p: owner %d, refcount %u", address, page.owner, page.refcount);
    }
    page_changes += 1;
    if (page.refcount > 1) {
        page.refcount -= 1;
        return;
    }
    free_pages += 1;
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
