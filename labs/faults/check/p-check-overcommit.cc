// p-check-overcommit - promises of more than there is are kept until memory is out, and then only that process stops
#include "u-faults.hh"

static volatile uint64_t mine = 61;

// Touch more than there is, or at least all that the heap may become; the first shared word counts.
static void touch_everything() {
    uintptr_t base = grow_heap(0);
    uint64_t pages = (guard - base) / PAGESIZE - 8;
    int64_t result = int64_t(sys_sbrk(intptr_t(pages * PAGESIZE)));
    moment("promised", base, pages, result);
    if (is_error(uint64_t(result))) return;
    for (uint64_t n = 0; n < pages; ++n) {
        access(base + n * PAGESIZE, to_write);
        shared_words[0] = n + 1;
    }
    moment("survived", base, pages);
}

void process_main() {
    check_begin();
    uintptr_t kept = grow_heap(2 * PAGESIZE);
    access(kept, to_write);
    access(kept + PAGESIZE, to_write);
    moment("start", kept, &mine);
    for (int round = 0; round < 3; ++round) {
        shared_words[0] = 0;
        int status = status_of(start_child(touch_everything));
        moment("gone", round, status, uint64_t(shared_words[0]), kept);
    }
    check_done();
}
