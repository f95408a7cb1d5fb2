// p-check-fork-slots - a process forks until there is no more room in the process table
//
//    child(number): the child of that number runs.   forked(number, result): what the parent got, up to the first
//    error.   again(result): so it goes on.   end(): the parent still runs.
#include "u-check-vm.hh"

void process_main() {
    check_begin();
    for (unsigned number = 1; number < 2 * NPROC; ++number) {
        pid_t result = sys_fork();
        if (result == 0) {
            moment("child", number);
            wait_for_ever();
        }
        moment("forked", number, result);
        sys_yield();
        if (result < 0) break;
    }
    for (int i = 0; i < 3; ++i) moment("again", sys_fork());
    for (int i = 0; i < 40; ++i) sys_yield();
    moment("end");
    check_done();
}
