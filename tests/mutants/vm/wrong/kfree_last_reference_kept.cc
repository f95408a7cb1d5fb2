// `kfree` never takes the last reference to a page that was shared.
// fails: shared-freed
// why: with the last reference the page must become free
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) return;
    ++page_changes;
    if (page.owner == PO_SHARED && page.refcount == 1) return;
    if (--page.refcount > 0) return;
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
