#include "memory/pageinfo.hh"

physical_pageinfo pageinfo[NPAGES];
size_t free_pages;
uint64_t page_changes;
bool poison_pages;

static uint32_t first_free;                         // page number; 0, which is never free, ends the list

extern "C" { extern uint8_t _kernel_start[], _kernel_end[]; }

// Of the pages that lie wholly in `[start, end)`
static void set_owner(uintptr_t start, uintptr_t end, int owner) {
    uintptr_t last = min(PAGENUMBER(end), NPAGES);
    for (uintptr_t pn = PAGENUMBER(start) + (start % PAGESIZE != 0); pn < last; ++pn) pageinfo[pn].owner = owner;
}

void init_pageinfo(const boot_info& boot) {
    set_owner(0, MEMSIZE_PHYSICAL, PO_RESERVED);
    for (uint32_t i = 0; i < boot.memory_range_count; ++i) {
        const memory_range& range = boot.memory_ranges[i];
        if (range.type == memory_range_usable) set_owner(range.base, range.base + range.size, PO_FREE);
    }
    set_owner(0, PAGESIZE, PO_RESERVED);
    set_owner(KERNEL_LIMIT_ADDR, PROC_START_ADDR, PO_RESERVED);
    set_owner(reinterpret_cast<uintptr_t>(_kernel_start), reinterpret_cast<uintptr_t>(_kernel_end), PO_KERNEL);

    for (size_t pn = NPAGES; pn-- > 0; ) {          // downwards, so that the lowest pages are handed out first
        physical_pageinfo& page = pageinfo[pn];
        page.refcount = page.owner != PO_FREE;
        if (page.owner != PO_FREE) continue;
        page.next_free = first_free;
        first_free = uint32_t(pn);
        ++free_pages;
    }
}

void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    uint32_t pn = first_free;
    if (pn == 0) return nullptr;
    physical_pageinfo& page = pageinfo[pn];
    first_free = page.next_free;
    page.owner = owner;
    page.refcount = 1;
    page.is_pagetable = false;
    --free_pages;
    ++page_changes;
    return reinterpret_cast<void*>(PAGEADDRESS(pn));
}

void kfree(void* address) {
    if (!address) return;
    auto pa = reinterpret_cast<uintptr_t>(address);
    uintptr_t pn = PAGENUMBER(pa);
    if (pa % PAGESIZE != 0 || pn >= NPAGES) panic("kfree of 0x%lx, which is no page of memory", pa);
    physical_pageinfo& page = pageinfo[pn];
    if (page.refcount == 0 || page.owner == PO_RESERVED) {
        panic("kfree of page 0x%lx: owner %d, refcount %u", pa, page.owner, page.refcount);
    }
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    page.next_free = first_free;
    first_free = uint32_t(pn);
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}

void add_reference(uintptr_t pa) {
    physical_pageinfo& page = pageinfo[PAGENUMBER(pa)];
    assert_gt(page.refcount, 0U);
    ++page.refcount;
    ++page_changes;
}
