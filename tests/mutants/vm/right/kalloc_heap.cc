// Free pages are in a binary heap of page numbers, the greatest at its root.
// differs: data structure
// file: kernel/page/pageinfo.cc
#include "page/take_page.hh"
// added
static uint16_t heap[weensy_pages];
static size_t heap_size;
static bool is_heap_made;

static void exchange(size_t a, size_t b) {
    uint16_t old = heap[a];
    heap[a] = heap[b];
    heap[b] = old;
}

static void put_page(size_t pn) {
    size_t at = heap_size++;
    heap[at] = uint16_t(pn);
    for (; at > 0 && heap[(at - 1) / 2] < heap[at]; at = (at - 1) / 2) exchange(at, (at - 1) / 2);
}

static size_t greatest_page() {
    size_t result = heap[0];
    heap[0] = heap[--heap_size];
    for (size_t at = 0;;) {
        size_t largest = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap_size; ++child) {
            if (heap[child] > heap[largest]) largest = child;
        }
        if (largest == at) return result;
        exchange(at, largest);
        at = largest;
    }
}
// replaced
void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages && !is_heap_made; ++pn) {
        if (pageinfo[pn].refcount == 0) put_page(pn);
    }
    is_heap_made = true;
    return heap_size == 0 ? nullptr : take_page(greatest_page(), owner);
}

void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    assert(page.refcount > 0 && page.owner != PO_RESERVED);
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    ++free_pages;
    put_page(PAGENUMBER(reinterpret_cast<uintptr_t>(address)));
}
