#include "page/memory_map.hh"
#include "lib.hh"

page_range usable_ranges[max_memory_ranges];
unsigned nusable_ranges;

// Goes from one border of the BIOS's ranges to the next: between two borders, all pages are alike.
void find_usable(const boot_info& boot) {
    nusable_ranges = 0;
    uint64_t next;
    for (uint64_t start = 0; start < most_pages; start = next) {
        bool is_memory = false, is_other = false;
        next = most_pages;
        for (const memory_range& range : boot.memory_ranges) {
            if (&range == boot.memory_ranges + boot.memory_range_count) break;
            bool usable = range.type == memory_range_usable;
            uint64_t base = range.base + (usable ? PAGESIZE - 1 : 0), end = range_end(range);
            uint64_t first = PAGENUMBER(base);
            uint64_t last = PAGENUMBER(end) + (!usable && end % PAGESIZE != 0);
            if (first > start) next = min(next, first);
            if (last > start) next = min(next, last);
            if (first <= start && start < last) (usable ? is_memory : is_other) = true;
        }
        if (!is_memory || is_other) continue;
        page_range* last_range = usable_ranges + nusable_ranges - 1;
        if (nusable_ranges > 0 && last_range->end == start) {
            last_range->end = uint32_t(next);
        } else if (nusable_ranges < max_memory_ranges) {
            usable_ranges[nusable_ranges++] = {uint32_t(start), uint32_t(next)};
        }
    }
}

void remove_usable(uint32_t start, uint32_t end) {
    page_range kept[max_memory_ranges];
    unsigned n = 0;
    auto keep = [&](uint32_t from, uint32_t to) {
        if (from < to && n < max_memory_ranges) kept[n++] = {from, to};
    };
    for (unsigned i = 0; i < nusable_ranges; ++i) {
        keep(usable_ranges[i].start, min(usable_ranges[i].end, start));
        keep(max(usable_ranges[i].start, end), usable_ranges[i].end);
    }
    memcpy(usable_ranges, kept, n * sizeof(page_range));
    nusable_ranges = n;
}

bool is_usable(size_t pn) {
    for (unsigned i = 0; i < nusable_ranges; ++i) {
        if (pn < usable_ranges[i].end) return pn >= usable_ranges[i].start;
    }
    return false;
}
