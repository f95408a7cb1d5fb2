// p-check-share-full - with no memory left, a page that parent and child share is asked for anew
//
//    asked(address, result): the parent asked; the child has the page, too.   gone(address, result): the child has
//    exited, and the parent has taken the memory that was the child's.   end(): it still runs.
#include "u-check-vm.hh"

alignas(PAGESIZE) static const uint8_t constants[PAGESIZE] = {1, 2, 3};

static void yield_often(int times) {
    for (int i = 0; i < times; ++i) sys_yield();
}

void process_main() {
    check_begin();
    if (sys_fork() == 0) {
        yield_often(60);                            // while the parent takes memory; each of its turns is long
        sys_exit();
    }
    uintptr_t first = heap_start(), shared = reinterpret_cast<uintptr_t>(constants);
    unsigned count = take_pages(first, 1000);
    int result = page_alloc(shared);
    moment("asked", shared, result);
    yield_often(100);
    take_pages(first + count * PAGESIZE, 1000);
    moment("gone", shared, result);
    moment("end");
    check_done();
}
