#include "page/pageinfo.hh"

constexpr size_t weensy_pages = PAGENUMBER(MEMSIZE_PHYSICAL);

static physical_pageinfo weensy_pageinfo[weensy_pages];
physical_pageinfo* pageinfo = weensy_pageinfo;
size_t npages = weensy_pages;
size_t total_pages, free_pages, owed_pages;
uint64_t page_changes;
bool poison_pages;
uintptr_t user_end = MEMSIZE_VIRTUAL;

void* take_page(size_t pn, int owner) {
    pageinfo[pn] = {};
    pageinfo[pn].refcount = 1;
    pageinfo[pn].owner = int8_t(owner);
    --free_pages;
    ++page_changes;
    return reinterpret_cast<void*>(PAGEADDRESS(pn));
}

void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    for (size_t pn = 0; pn < npages; ++pn) {
        if (pageinfo[pn].refcount == 0) return take_page(pn, owner);
    }
    return nullptr;
}

void kfree(void* address) {
    if (!address) return;
    physical_pageinfo& page = page_at(address);
    if (page.refcount == 0 || page.owner == PO_RESERVED) {
        panic("kfree of page %p: owner %d, refcount %u", address, page.owner, page.refcount);
    }
    ++page_changes;
    if (--page.refcount > 0) return;
    page.owner = PO_FREE;
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}

// What follows is complete.

void share_page(uintptr_t pa) {
    physical_pageinfo& page = page_at(pa);
    assert_gt(page.refcount, 0U);
    ++page.refcount;
    page.owner = PO_SHARED;
    ++page_changes;
}

extern "C" { extern uint8_t _kernel_start[], _kernel_end[]; }

// Whose page `pn` is when nothing runs yet
static int first_owner(size_t pn) {
    uintptr_t pa = PAGEADDRESS(pn);
    if (pa == 0 || (pa >= KERNEL_LIMIT_ADDR && pa < PROC_START_ADDR)) return PO_RESERVED;
    bool is_kernels = pa >= reinterpret_cast<uintptr_t>(_kernel_start) && pa < reinterpret_cast<uintptr_t>(_kernel_end);
    return is_kernels ? PO_KERNEL : PO_FREE;
}

machine_size init_pageinfo(const boot_info&, machine_size) {
    total_pages = 0;
    for (size_t pn = 0; pn < npages; ++pn) {
        pageinfo[pn] = {};
        pageinfo[pn].owner = int8_t(first_owner(pn));
        pageinfo[pn].refcount = pageinfo[pn].owner != PO_FREE;
        total_pages += pageinfo[pn].owner == PO_FREE;
    }
    free_pages = total_pages;
    return machine_size::weensy;
}

bool is_filled(size_t) {
    return true;
}

physical_pageinfo page_state(size_t pn) {
    return pageinfo[pn];
}

size_t next_filled(size_t pn) {
    return pn;
}
