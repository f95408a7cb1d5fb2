// Each call of `kfree` counts one more free page, whoever else has the page.
// fails: free-counted
// why: `free_pages` has one more only when the last reference is given up
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) {
        panic("kfree of page %p: owner %d, refcount %u", address, page.owner, page.refcount);
    }
    ++page_changes;
    ++free_pages;
    if (--page.refcount > 0) return;
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
