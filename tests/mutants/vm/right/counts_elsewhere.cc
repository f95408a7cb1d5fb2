// References are counted in an array beside `pageinfo`, whose own counts are 0 or 1.
// differs: data structure
// file: kernel/page/pageinfo.cc
// added
static uint8_t more_references[weensy_pages];       // beyond the first
// replaced
void kfree(void* address) {
    if (!address) return;
    size_t pn = PAGENUMBER(reinterpret_cast<uintptr_t>(address));
    physical_pageinfo& page = pageinfo[pn];
    assert(page.refcount > 0 && page.owner != PO_RESERVED);
    ++page_changes;
    if (more_references[pn] > 0) {
        --more_references[pn];
        return;
    }
    push_free(pn);
    ++free_pages;
}

void share_page(uintptr_t pa) {
    assert_gt(page_at(pa).refcount, 0U);
    ++more_references[PAGENUMBER(pa)];
    page_at(pa).owner = PO_SHARED;
    ++page_changes;
}
