// The search for a free page goes on where the last one ended.
// differs: algorithm
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    static size_t next;
    for (size_t tried = 0; tried < npages; ++tried) {
        size_t pn = next;
        next = (next + 1) % npages;
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
