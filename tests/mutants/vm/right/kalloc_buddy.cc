// A buddy allocator: free blocks of 1, 2, 4 ... 256 pages, halved for who asks, and joined when they come back.
// differs: data structure
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
// added
constexpr unsigned orders = 9;
static uint8_t order_at[weensy_pages];              // of the free block that begins there, plus one; 0: none does
static bool is_made;

static void give_block(size_t pn, unsigned order) {
    while (order + 1 < orders) {
        size_t buddy = pn ^ size_t(1) << order;
        if (order_at[buddy] != order + 1) break;
        order_at[buddy] = 0;
        pn = pn < buddy ? pn : buddy;
        ++order;
    }
    order_at[pn] = uint8_t(order + 1);
}

// The first free block of that order, taken out; `npages` if there is none.
static size_t take_block(unsigned order) {
    if (order == orders) return npages;
    for (size_t pn = 0; pn < npages; ++pn) {
        if (order_at[pn] != order + 1) continue;
        order_at[pn] = 0;
        return pn;
    }
    size_t larger = take_block(order + 1);
    if (larger != npages) order_at[larger + (size_t(1) << order)] = uint8_t(order + 1);
    return larger;
}
// replaced
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages && !is_made; ++pn) {
        if (pageinfo[pn].refcount == 0) give_block(pn, 0);
    }
    is_made = true;
    size_t pn = take_block(0);
    return pn == npages ? nullptr : take_page(pn, owner);
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
    give_block(pn, 0);
}
