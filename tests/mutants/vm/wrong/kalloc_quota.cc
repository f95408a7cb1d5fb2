// No process may have more than a quarter of memory: it is said to be full before it is.
// fails: four-fill-memory
// why: who asks must get memory as long as there is some, however much the others have
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    size_t owned = 0;
    for (size_t pn = 0; pn < npages; ++pn) owned += pageinfo[pn].owner == owner;
    if (owned >= total_pages / 5) return nullptr;
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}
