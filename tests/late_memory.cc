// late_memory.cc - memory that comes late: late.img has this in the place of reclaim_none.cc
//
//    A test program says, in words that it shares with the kernel (u-late.hh), at which `kalloc`
//    memory runs out: for all, until `make_room` has been asked three times. Twice it says that
//    memory is on its way, and wakes who waits for it at the next tick, though there is none; the
//    third time it frees some, and says so. Or the process has to wait at that `kalloc`, as if for
//    a page, until a program lets the kernel wake it.
//    The linker's `--wrap` gives this file the calls of `kalloc` and `wake` from all others.
#include "page/pageinfo.hh"
#include "memory/reclaim.hh"
#include "process/wait.hh"
#include "programs/u-late.hh"

extern "C" {
void* __real__Z6kallocmi(size_t size, int owner);
void* __wrap__Z6kallocmi(size_t size, int owner);
void __real__Z4wake9wait_kindm(wait_kind kind, uint64_t key);
void __wrap__Z4wake9wait_kindm(wait_kind kind, uint64_t key);
}

static bool is_on_its_way;                          // who waits for memory is woken next tick
static bool was_woken;                              // and has not run since

void* __wrap__Z6kallocmi(size_t size, int owner) {
    uint64_t left = late_word(late_countdown);
    if (left > 0) late_word(late_countdown) = left - 1;
    if (left == 1 && late_word(late_page) != 0) {
        (void) block(*current, {wait_kind::page, late_word(late_page)});
        return nullptr;
    }
    if (left == 1) late_word(late_run_out) = memory_has_run_out;
    if (late_word(late_run_out) == memory_has_run_out) return nullptr;
    return __real__Z6kallocmi(size, owner);
}

// Take pages away from the process that has too many, as if they were written to a disk: it never
// touches them again.
static void evict() {
    proc& victim = ptable[late_word(late_victim)];
    (void) victim.space().free_pages(late_victim_start, late_victim_end);
    late_word(late_victim) = 0;
}

reclaim make_room() {
    bool has_run_out = late_word(late_run_out) == memory_has_run_out;
    if (!has_run_out && late_word(late_victim) == 0) return reclaim::nothing;
    if (was_woken) add_to(late_turns_before, late_word(late_turns) - late_word(late_turns_then));
    was_woken = false;
    add_to(late_asked, 1);
    if (late_word(late_asked) < 3) {
        is_on_its_way = true;
        return reclaim::begun;
    }
    if (late_word(late_victim) != 0) evict();
    late_word(late_run_out) = 0;
    return reclaim::done;
}

void __wrap__Z4wake9wait_kindm(wait_kind kind, uint64_t key) {
    __real__Z4wake9wait_kindm(kind, key);
    if (kind != wait_kind::tick) return;
    if (is_on_its_way) {
        is_on_its_way = false;
        was_woken = true;
        late_word(late_turns_then) = late_word(late_turns);
        __real__Z4wake9wait_kindm(wait_kind::memory, 0);
    }
    if (uint64_t page = late_word(late_page_here)) {
        late_word(late_page_here) = 0;
        __real__Z4wake9wait_kindm(wait_kind::page, page);
    }
}
