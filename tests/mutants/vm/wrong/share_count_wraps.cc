// The number of references is kept in four bits, and wraps around with the sixteenth.
// fails: nothing-used-twice
// why: a page may have as many references as there are processes
// file: kernel/page/pageinfo.cc
void share_page(uintptr_t pa) {
    physical_pageinfo& page = page_at(pa);
    page.refcount = (page.refcount + 1) % 16;
    page.owner = PO_SHARED;
    ++page_changes;
}

void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) return;
    ++page_changes;
    if (--page.refcount > 0) return;
    push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}
