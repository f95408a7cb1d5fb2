// p-check-fork-full - a process that has nearly all of memory forks
//
//    full(first, count): that many pages from `first` on, marked.   forked(result).   child(): there is one.
//    end(first, count): the parent still runs.
#include "u-check-vm.hh"

void process_main() {
    check_begin();
    unsigned count = take_pages(heap_start(), 230 + 15 * unsigned(check_seed % 8));
    moment("full", heap_start(), count);
    for (int i = 0; i < 3; ++i) {
        pid_t result = sys_fork();
        if (result == 0) {
            moment("child");
            wait_for_ever();
        }
        moment("forked", result);
    }
    let_others_run();
    moment("end", heap_start(), count);
    check_done();
}
