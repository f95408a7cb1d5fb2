// `free_pages` is not counted up.
// fails: freeing-begun
// like: kfree_nothing
// why: with the last reference `free_pages` has one more; when it has come to 0, the kernel has no memory left
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) {
        panic("kfree of page %p: owner %d, refcount %u", address, page.owner, page.refcount);
    }
    ++page_changes;
    if (--page.refcount > 0) return;
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
