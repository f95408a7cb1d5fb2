// Free pages are in a list, whose links stand in the pages themselves; the page that was freed last comes first.
// differs: data structure
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
// added
struct free_page {
    free_page* next;
};
static free_page* first_of_list;
static bool is_list_made;

static void make_list() {
    for (size_t pn = npages; pn-- > 0; ) {
        if (pageinfo[pn].refcount != 0) continue;
        auto page = reinterpret_cast<free_page*>(PAGEADDRESS(pn));
        page->next = first_of_list;
        first_of_list = page;
    }
    is_list_made = true;
}
// replaced
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    if (!is_list_made) make_list();
    if (!first_of_list) return nullptr;
    free_page* page = first_of_list;
    first_of_list = page->next;
    return take_page(PAGENUMBER(reinterpret_cast<uintptr_t>(page)), owner);
}

void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) panic("kfree of page %p, which is free or reserved", address);
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    ++free_pages;
    auto freed = static_cast<free_page*>(address);
    freed->next = first_of_list;
    first_of_list = freed;
}
