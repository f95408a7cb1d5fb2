#include "memory/heap.hh"
#include "abi.hh"
#include "memory/lazy_heap.hh"

void start_heap(address_space space, uintptr_t segments_end) {
    uintptr_t start = user_end == MEMSIZE_VIRTUAL ? segments_end : round_up(segments_end, LARGE_PAGESIZE);
    space.regions->heap_start = space.regions->heap_break = start;
}

// Both take a heap's old and new end, page-aligned.
static int grow(address_space space, uintptr_t old_end, uintptr_t end) {
    if (!space.regions->is_free(old_end, end)) return E_NOMEM;
    return extend_heap(space, old_end, end);
}

static int shrink(address_space space, uintptr_t old_end, uintptr_t end) {
    region_list kept = *space.regions;
    if (int r = kept.remove(end, old_end); r < 0) return r;
    if (int r = space.free_pages(end, old_end); r < 0) return r;
    *space.regions = kept;
    return 0;
}

int64_t move_break(address_space space, intptr_t delta) {
    region_list& regions = *space.regions;
    uintptr_t old_break = regions.heap_break, new_break;
    bool is_beyond = __builtin_add_overflow(old_break, delta, &new_break);
    if (is_beyond || new_break < regions.heap_start || new_break > user_end) return E_INVAL;
    uintptr_t old_end = round_up(old_break, PAGESIZE), end = round_up(new_break, PAGESIZE);
    int r = end > old_end ? grow(space, old_end, end) : (end < old_end ? shrink(space, old_end, end) : 0);
    if (r < 0) return r;
    regions.heap_break = new_break;
    return int64_t(old_break);
}
