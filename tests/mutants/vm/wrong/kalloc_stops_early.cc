// `kalloc` looks only at the pages above `PROC_START_ADDR`.
// fails: all-memory
// why: there are free pages below, too, and who asks must get them
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = PAGENUMBER(PROC_START_ADDR); pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
