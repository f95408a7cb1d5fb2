// The pages above `PROC_START_ADDR` come first; those below are the last resort.
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = PAGENUMBER(PROC_START_ADDR); pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    for (size_t pn = 0; pn < PAGENUMBER(PROC_START_ADDR); ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
