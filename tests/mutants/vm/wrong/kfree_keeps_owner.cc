// A page that is free still has its last owner's number.
// fails: free-counted
// like: kfree_counts_each_call
// why: with the last reference its owner is `PO_FREE`
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) {
        panic("kfree of page %p: owner %d, refcount %u", address, page.owner, page.refcount);
    }
    ++page_changes;
    if (--page.refcount > 0) return;
    page.next = first_free;
    first_free = uint32_t(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
