// p-check-four-climb - a heap that grows as far as it may does not come to the stack, however far that grows
//
//    Started four times. Only the last one, whose program lies highest, has so few addresses left that there is memory
//    for all of them; the first one stays to see the end.
#include "u-faults.hh"

enum { ready = 3 };                     // a shared word

// All that the heap may have; then every page from the stack down to the heap.
static void climb() {
    moment("start", rdrsp());
    int64_t result;
    uintptr_t top = grow_heap(0);
    while ((result = int64_t(sys_sbrk(PAGESIZE))) > 0) top += PAGESIZE;
    moment("grown", top, result);
    moment("done");                     // what follows should be its end
    shared_words[ready] = 1;
    uintptr_t va = round_down(rdrsp(), PAGESIZE);
    do {
        va -= PAGESIZE;
        touch(va, to_write);
    } while (va >= top);
    moment("survived", va, to_write);
    sys_exit();
}

void process_main() {
    check_begin();
    pid_t self = sys_getpid();
    if (self == 1) {
        shared_words[ready] = 0;
        wait_for(ready, 1);
        for (int i = 0; i < 40; ++i) sys_yield();
        check_done();
    }
    if (self == 4) {
        for (int i = 0; i < 5; ++i) sys_yield();        // until the others' memory is back
        climb();
    }
    moment("done");
    sys_exit();
}
