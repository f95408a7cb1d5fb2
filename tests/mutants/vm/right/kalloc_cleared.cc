// `kalloc` clears each page that it hands out, once more than is needed.
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount != 0) continue;
        void* page = take_page(pn, owner);
        memset(page, 0, PAGESIZE);
        return page;
    }
    return nullptr;
}
