// Any of the free pages is handed out, by chance.
// differs: algorithm
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    static uint64_t state = 61;
    if (free_pages == 0) return nullptr;
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    size_t skipped = (state >> 33) % free_pages;
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0 && skipped-- == 0) return take_page(pn, owner);
    }
    return nullptr;
}
