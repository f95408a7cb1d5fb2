// `kalloc` hands out reserved pages when no others are left: it asks only whether the kernel has them.
// fails: fork-out-of-memory
// why: the BIOS's and the devices' pages, the screen among them, are not memory
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    for (size_t pn = 1; pn < npages; ++pn) {
        if (pageinfo[pn].owner == PO_RESERVED && PAGEADDRESS(pn) != CONSOLE_ADDR) return take_page(pn, owner);
    }
    return nullptr;
}
