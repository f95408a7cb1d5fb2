// p-check-first - that a program runs which was named at boot, and as which process
#include "u-check.hh"

void process_main() {
    check_begin();
    moment("runs", sys_getpid());
    sys_yield();
    moment("again", sys_getpid());
    check_done();
}
