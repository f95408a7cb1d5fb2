// `kfree` frees the page whoever else refers to it.
// fails: still-there
// why: a page that several processes share must stay until the last of them gives it up
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.owner == PO_RESERVED || page.refcount == 0) return;
    ++page_changes;
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
