// p-check-begin - however little memory is left, a program that is begun has all that it needs
//
//    Moments: "begins" pages left; "ended" the same, the result of `sys_spawn`, and the program's status.
#include "u-faults.hh"

constexpr unsigned most = 20;           // pages: more than a program needs

void process_main() {
    if (sys_getppid() != 0) sys_exit();                 // if this is what is called "hello"
    check_begin();
    moment("part", 0);
    uintptr_t start = PROC_START_ADDR + 0x20000;
    hoard all = {start, start};
    for (unsigned left = 0; left <= most; ++left) {
        all.take();
        all.give(left);
        moment("begins", left);
        pid_t child = sys_spawn("hello");
        int status = child > 0 ? status_of(child) : 0;
        moment("ended", left, child, status);
    }
    check_done();
}
