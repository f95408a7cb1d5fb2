// A page is cleared when it is freed, and when it is handed out too.
// file: kernel/page/pageinfo.cc
void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) panic("kfree of page %p, which is free or reserved", address);
    ++page_changes;
    --page.refcount;
    if (page.refcount == 0) {
        push_free(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
        ++free_pages;
        memset(address, 0, PAGESIZE);
    }
}
