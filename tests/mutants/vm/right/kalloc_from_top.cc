// Pages are handed out from the top of memory downwards.
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = npages; pn-- > 0; ) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
