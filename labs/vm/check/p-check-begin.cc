// p-check-begin - however little memory is left, a program that is begun has all that it needs
//
//    begins(left): so many pages are left.   ended(left, result, status): what `sys_spawn` returned, and how the
//    program ended, if it was begun.   took(count), end().
#include "u-check-vm.hh"

constexpr unsigned most = 20;           // pages: more than a program needs

void process_main() {
    if (sys_getppid() != 0) sys_exit();                 // if this is what is called "hello"
    check_begin();
    uintptr_t first = heap_start(), next = first;
    for (unsigned left = 0; left <= most; ++left) {
        while (page_alloc(next) == 0) next += PAGESIZE;
        for (unsigned n = 0; n < left && next > first; ++n) {
            next -= PAGESIZE;
            sys_page_free(reinterpret_cast<void*>(next));
        }
        moment("begins", left);
        pid_t child = sys_spawn("hello");
        int status = 0;
        if (child > 0) sys_wait(child, &status);
        moment("ended", left, child, status);
    }
    moment("end");
    check_done();
}
