// p-check-fork-tree - children fork, too, and each process keeps what it wrote
//
//    born(id, page, place, heap): a process came to be that calls itself `id`; it has written that to its page `page` and
//        to its data at `place`, and its heap ends at `heap`.   forked(id, result): what the parent got.
//    still(id, page, place): later, those should be as before.   end(): all still run.
#include "u-check-vm.hh"

static uint64_t id = 1, generation;

static void write_id(uintptr_t page) {
    fill_page(page, id);
    moment("born", id, page, &id, sys_sbrk(0));
}

void process_main() {
    check_begin();
    generation = 0;                                 // even in memory that was not cleared
    uintptr_t page = MEMSIZE_PHYSICAL - PAGESIZE * unsigned(rand(1, 60));
    sys_sbrk(3 * PAGESIZE + 100);
    page_alloc(page);
    write_id(page);
    while (generation < 3) {
        ++generation;
        pid_t result = sys_fork();
        if (result == 0) {
            id = 2 * id + 1;
            write_id(page);
        } else {
            moment("forked", id, result);
            id = 2 * id;
            write_id(page);
        }
        if (rand(0, 1)) sys_yield();
    }
    for (int i = 0; i < 40; ++i) sys_yield();
    moment("still", id, page, &id);
    if (id != 8) wait_for_ever();
    let_others_run();
    moment("end");
    check_done();
}
