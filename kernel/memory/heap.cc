#include "memory/heap.hh"
#include "abi.hh"
#include "lib.hh"
#include "memory/fault.hh"
#include "memory/promises.hh"

void start_heap(address_space space, uintptr_t segments_end) {
    bool is_big = user_end != MEMSIZE_VIRTUAL;
    uintptr_t start = is_big ? round_up(segments_end, LARGE_PAGESIZE) : segments_end;
    *space.heap = {start, start};
}

// `[start, end)`, a part of one page, may have been in the heap before, and the process may have
// left something there. If so, `leftover` is set to where it can be cleared, else to null. A page
// that is not there holds nothing, and one that the process may not write stays as it is. Returns
// 0; or `E_NOMEM` if there is no memory for a copy of the page, or the page is away.
static int find_leftover(address_space space, uintptr_t start, uintptr_t end, void*& leftover) {
    leftover = nullptr;
    vmiter it(space.pagetable, start);
    if (start == end || it.state() == entry_state::empty) return 0;
    if (it.state() == entry_state::away) return E_NOMEM;
    auto bytes = it.kptr<const uint8_t*>();
    size_t size = end - start, zeros = 0;
    while (zeros < size && bytes[zeros] == 0) ++zeros;
    if (zeros == size) return 0;
    fault_result result = resolve_fault(space, start, PFERR_USER | PFERR_WRITE);
    if (result.outcome == fault_outcome::out_of_memory) return E_NOMEM;
    if (result.is_possible()) leftover = vmiter(space.pagetable, start).kptr();
    return 0;
}

// Takes the heap's old and new end.
static int grow(address_space space, uintptr_t old_break, uintptr_t new_break) {
    uintptr_t old_end = round_up(old_break, PAGESIZE), end = round_up(new_break, PAGESIZE);
    if (!space.regions->is_free(old_end, end)) return E_NOPROMISE;
    uintptr_t left_until = min(old_end, new_break);
    void* leftover;
    if (int r = find_leftover(space, old_break, left_until, leftover); r < 0) return r;
    if (end > old_end) {
        if (int r = extend_heap(space, old_end, end); r < 0) return r;
    }
    if (leftover) memset(leftover, 0, left_until - old_break);
    return 0;
}

// The same, page-aligned.
static int shrink(address_space space, uintptr_t old_end, uintptr_t end) {
    region_list kept = *space.regions;
    if (int r = kept.remove(end, old_end); r < 0) return r;
    if (int r = space.free_pages(end, old_end); r < 0) return r;
    *space.regions = kept;
    return 0;
}

int64_t move_break(address_space space, intptr_t delta) {
    uintptr_t old_break = space.heap->end, new_break;
    bool is_beyond = __builtin_add_overflow(old_break, delta, &new_break);
    if (is_beyond || new_break < space.heap->start || new_break > user_end) return E_INVAL;
    uintptr_t old_end = round_up(old_break, PAGESIZE), end = round_up(new_break, PAGESIZE);
    int r = 0;
    if (delta > 0) r = grow(space, old_break, new_break);
    if (end < old_end) r = shrink(space, old_end, end);
    if (r < 0) return r;
    space.heap->end = new_break;
    return int64_t(old_break);
}
