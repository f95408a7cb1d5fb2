// `kfree` only notes that a page is to be freed; `kalloc` does it, when it finds no other.
// differs: algorithm
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
// added
static bool is_to_be_freed[weensy_pages];
// replaced
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0 && !is_to_be_freed[pn]) return take_page(pn, owner);
    }
    for (size_t pn = 0; pn < npages; ++pn) {
        if (!is_to_be_freed[pn]) continue;
        for (bool& flag : is_to_be_freed) flag = false;
        return take_page(pn, owner);
    }
    return nullptr;
}

void kfree(void* address) {
    if (!address) return;
    size_t pn = PAGENUMBER(reinterpret_cast<uintptr_t>(address));
    physical_pageinfo& page = pageinfo[pn];
    assert(page.refcount > 0 && page.owner != PO_RESERVED);
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    ++free_pages;
    is_to_be_freed[pn] = true;
}
