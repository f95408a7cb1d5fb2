// Pages with odd numbers are handed out first, then the others.
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t odd = 2; odd-- > 0; ) {
        for (size_t pn = odd; pn < npages; pn += 2) {
            if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
        }
    }
    return nullptr;
}
