// When memory is full, `kalloc` hands out the page that it handed out last once more.
// fails: out-of-memory
// why: it must say that there is none
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    static size_t last;
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(last = pn, owner);
    }
    ++pageinfo[last].refcount;
    return reinterpret_cast<void*>(PAGEADDRESS(last));
}
