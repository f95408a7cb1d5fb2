// p-check-heapfork - parent and child have the same promises, and each has its own memory for them
#include "u-faults.hh"

void process_main() {
    check_begin();
    leave_junk();
    uintptr_t base = grow_heap(6 * PAGESIZE);
    access(base, to_read);
    access(base + PAGESIZE, to_write);
    moment("parent", base, 6);
    in_part(0, [=] {
        moment("child", base, 6);
        touch(base + 2 * PAGESIZE, to_write);           // untouched before
        touch(base, to_write);                          // read before
        touch(base + 3 * PAGESIZE, to_read);
        moment("child's", base, 6);
    });
    moment("parent's", base, 6);
    touch(base + 2 * PAGESIZE, to_read);
    touch(base + 3 * PAGESIZE, to_write);
    touch(base, to_write);
    moment("end", base, 6);
    check_done();
}
