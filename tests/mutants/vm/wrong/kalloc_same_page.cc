// `kalloc` does not note that the page is taken: the next caller gets it too.
// fails: pages-distinct
// why: two processes would share it, unasked
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    static size_t calls;
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount != 0) continue;
        void* page = take_page(pn, owner);
        if (++calls % 32 == 0) pageinfo[pn].refcount = 0;
        return page;
    }
    return nullptr;
}
