// Free pages wait in a queue: the one that was freed first is handed out first.
// differs: data structure
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
// added
static uint16_t queue[weensy_pages];                // a ring of page numbers
static size_t queue_start, queue_length;
static bool is_queue_made;

static void enqueue(size_t pn) {
    queue[(queue_start + queue_length++) % weensy_pages] = uint16_t(pn);
}
// replaced
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages && !is_queue_made; ++pn) {
        if (pageinfo[pn].refcount == 0) enqueue(pn);
    }
    is_queue_made = true;
    if (queue_length == 0) return nullptr;
    size_t pn = queue[queue_start];
    queue_start = (queue_start + 1) % weensy_pages;
    --queue_length;
    return take_page(pn, owner);
}

void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) panic("kfree of page %p, which is free or reserved", address);
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    ++free_pages;
    enqueue(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
}
