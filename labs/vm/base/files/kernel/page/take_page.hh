// take_page.hh - a page of one's own choice, for as long as `address_space::add_page` needs it
#ifndef KINGLET_TAKE_PAGE_HH
#define KINGLET_TAKE_PAGE_HH
#include "page/pageinfo.hh"

// take_page(pn, owner)
//    Take page number `pn`, which is free, as `kalloc` takes the first one. Returns its address.
inline void* take_page(size_t pn, int owner) {
    uint32_t* link = &first_free;
    while (*link != 0 && *link != pn) link = &pageinfo[*link].next;
    if (*link == pn) *link = pageinfo[pn].next;
    pageinfo[pn] = {};
    pageinfo[pn].refcount = 1;
    pageinfo[pn].owner = int8_t(owner);
    --free_pages;
    ++page_changes;
    return reinterpret_cast<void*>(PAGEADDRESS(pn));
}

#endif
