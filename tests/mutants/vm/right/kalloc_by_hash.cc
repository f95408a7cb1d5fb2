// Where the search for a free page begins is a matter of how many were asked for, and whose they are.
// differs: algorithm
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    static size_t calls;
    size_t start = (++calls * 167 + size_t(owner + 8) * 61) % npages;
    for (size_t i = 0; i < npages; ++i) {
        size_t pn = (start + i) % npages;
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
