// Four pages are kept for the kernel's own emergencies, and never handed out to processes.
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    if (free_pages <= 4) return nullptr;
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
