#include "page/pageinfo.hh"
#include "page/memory_map.hh"

constexpr uint32_t weensy_pages = PAGENUMBER(MEMSIZE_PHYSICAL);
constexpr uint32_t fill_step = 64;                  // pages whose `pageinfo` is filled in at a time

[[gnu::section(".bss.unset")]] static physical_pageinfo weensy_pageinfo[weensy_pages];
physical_pageinfo* pageinfo = weensy_pageinfo;
size_t npages = weensy_pages;
size_t total_pages, free_pages, owed_pages;
uint64_t page_changes;
bool poison_pages;
uintptr_t user_end = MEMSIZE_VIRTUAL;
uint32_t first_free;

static uint32_t kernel_pages_end;       // the kernel's pages above the first 2 MiB end here
static uint32_t filled;                 // below this page number, usable ranges are filled in
static unsigned filling;                // the range in which that goes on

extern "C" uint8_t _kernel_start[], _kernel_end[], _programs_end[];

static uint32_t page_number(const uint8_t* label) {
    return uint32_t(PAGENUMBER(reinterpret_cast<uintptr_t>(label)));
}

// Place `pageinfo` behind the program images, in memory that the boot loader has mapped. False if
// it does not fit.
static bool place_pageinfo() {
    if (nusable_ranges == 0) return false;
    size_t wanted = usable_ranges[nusable_ranges - 1].end;
    uintptr_t place = round_up(reinterpret_cast<uintptr_t>(_programs_end), LARGE_PAGESIZE);
    uintptr_t end = round_up(place + wanted * sizeof(physical_pageinfo), PAGESIZE);
    bool fits = false;
    for (unsigned i = 0; i < nusable_ranges; ++i) {
        fits |= usable_ranges[i].start <= weensy_pages && usable_ranges[i].end >= PAGENUMBER(end);
    }
    if (!fits) return false;
    pageinfo = reinterpret_cast<physical_pageinfo*>(place);
    npages = wanted;
    kernel_pages_end = uint32_t(PAGENUMBER(end));
    return true;
}

// Put a page that nobody has at the front of the list of free pages.
static void push_free(size_t pn) {
    pageinfo[pn] = {};
    pageinfo[pn].next = first_free;
    first_free = uint32_t(pn);
}

// Fill in the first 2 MiB at once: there are all pages that are something special.
static void fill_first() {
    for (uint32_t pn = 0; pn < weensy_pages; ++pn) {
        pageinfo[pn] = {};
        pageinfo[pn].refcount = 1;
        pageinfo[pn].owner = PO_RESERVED;
    }
    for (uint32_t pn = page_number(_kernel_start); pn < page_number(_kernel_end); ++pn) {
        pageinfo[pn].owner = PO_KERNEL;
    }
    for (unsigned i = nusable_ranges; i-- > 0;) {   // downwards: the lowest are handed out first
        const page_range& range = usable_ranges[i];
        for (uint32_t pn = min(range.end, weensy_pages); pn-- > range.start;) push_free(pn);
    }
    filled = weensy_pages;
    filling = 0;
}

// Fill in some more, of which no page was ever handed out. False if there is no more.
static bool fill_more() {
    for (; filling < nusable_ranges; ++filling) {
        uint32_t start = max(filled, usable_ranges[filling].start);
        if (start >= usable_ranges[filling].end) continue;
        filled = min(start + fill_step, usable_ranges[filling].end);
        for (uint32_t pn = filled; pn-- > start;) push_free(pn);
        return true;
    }
    return false;
}

machine_size init_pageinfo(const boot_info& boot, machine_size size) {
    pageinfo = weensy_pageinfo;
    npages = weensy_pages;
    kernel_pages_end = weensy_pages;
    first_free = 0;
    find_usable(boot);
    if (size == machine_size::big && !place_pageinfo()) size = machine_size::weensy;
    user_end = size == machine_size::big ? BIG_MEMSIZE_VIRTUAL : MEMSIZE_VIRTUAL;

    remove_usable(0, 1);
    remove_usable(PAGENUMBER(KERNEL_LIMIT_ADDR), PAGENUMBER(PROC_START_ADDR));
    remove_usable(page_number(_kernel_start), page_number(_kernel_end));
    remove_usable(weensy_pages, size == machine_size::big ? kernel_pages_end : most_pages);
    total_pages = 0;
    for (unsigned i = 0; i < nusable_ranges; ++i) {
        total_pages += usable_ranges[i].end - usable_ranges[i].start;
    }
    free_pages = total_pages;
    fill_first();
    return size;
}

bool is_filled(size_t pn) {
    return pn < weensy_pages || (pn < filled && is_usable(pn));
}

physical_pageinfo page_state(size_t pn) {
    if (is_filled(pn)) return pageinfo[pn];
    physical_pageinfo state = {};
    if (is_usable(pn)) return state;
    state.refcount = 1;
    state.owner = int8_t(pn < kernel_pages_end ? PO_KERNEL : PO_RESERVED);
    return state;
}

size_t next_filled(size_t pn) {
    if (pn < weensy_pages) return pn;
    for (unsigned i = 0; i < nusable_ranges; ++i) {
        size_t next = max(pn, size_t(usable_ranges[i].start));
        if (next < min(usable_ranges[i].end, filled)) return next;
    }
    return npages;
}

void* kalloc(size_t size, int owner) {
    assert_le(size, size_t(PAGESIZE));
    if (free_pages <= owed_pages || (first_free == 0 && !fill_more())) return nullptr;
    uint32_t pn = first_free;
    physical_pageinfo& page = pageinfo[pn];
    first_free = page.next;
    page = {};
    page.refcount = 1;
    page.owner = int8_t(owner);
    --free_pages;
    ++page_changes;
    return reinterpret_cast<void*>(PAGEADDRESS(pn));
}

void kfree(void* address) {
    if (!address) return;
    auto pa = reinterpret_cast<uintptr_t>(address);
    uintptr_t pn = PAGENUMBER(pa);
    if (pa % PAGESIZE != 0 || pn >= npages) panic("kfree of 0x%lx, which is no page of memory", pa);
    physical_pageinfo& page = pageinfo[pn];
    if (page.refcount == 0 || page.owner == PO_RESERVED) {
        panic("kfree of page 0x%lx: owner %d, refcount %u", pa, page.owner, page.refcount);
    }
    ++page_changes;
    if (--page.refcount > 0) {
        owed_pages -= page.copies;
        return;
    }
    page.owner = PO_FREE;
    page.next = first_free;
    first_free = uint32_t(pn);
    ++free_pages;
    if (poison_pages) memset(address, 0xCC, PAGESIZE);
}

void share_page(uintptr_t pa) {
    physical_pageinfo& page = page_at(pa);
    assert_gt(page.refcount, 0U);
    ++page.refcount;
    if (page.owner != PO_FILE) page.owner = PO_SHARED;
    ++page_changes;
}
