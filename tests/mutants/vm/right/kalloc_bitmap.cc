// A bitmap says which pages are free.
// differs: data structure
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
// added
static uint64_t free_bits[weensy_pages / 64];
static bool is_map_made;

static void make_map() {
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) free_bits[pn / 64] |= uint64_t(1) << pn % 64;
    }
    is_map_made = true;
}
// replaced
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    if (!is_map_made) make_map();
    for (uint64_t& bits : free_bits) {
        if (bits == 0) continue;
        size_t pn = size_t(&bits - free_bits) * 64 + size_t(__builtin_ctzl(bits));
        bits &= bits - 1;
        return take_page(pn, owner);
    }
    return nullptr;
}

void kfree(void* address) {
    if (!address) return;
    size_t pn = PAGENUMBER(reinterpret_cast<uintptr_t>(address));
    physical_pageinfo& page = pageinfo[pn];
    assert(page.refcount > 0 && page.owner != PO_RESERVED);
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    ++free_pages;
    free_bits[pn / 64] |= uint64_t(1) << pn % 64;
}
