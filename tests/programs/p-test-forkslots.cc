// p-test-forkslots - with no free slot fork fails and changes nothing; when processes have exited
// it works again
//
//    Outside: `ok` from pid 1; 34 + 34 forks, 69 exits.
#include "u-test.hh"

enum {
    alive,
    leave
};

// Fork until it fails, with children that wait. Returns how many there are.
static int fill_slots() {
    shared_words[alive] = 0;
    shared_words[leave] = 0;
    for (int n = 0;; ++n) {
        pid_t child = sys_fork();
        if (child == 0) {
            shared_words[alive] = shared_words[alive] + 1;
            wait_for(leave, 1);
            sys_exit();
        }
        if (child < 0) {
            expect("fork with no free slot", E_AGAIN, child);
            return n;
        }
        wait_for(alive, uint64_t(n) + 1);
    }
}

void process_main() {
    for (int round = 0; round < 2; ++round) {
        expect("the number of children", NPROC - 2, fill_slots());
        for (int i = 0; i < 100; ++i) expect("fork again", E_AGAIN, sys_fork());
        expect("the pid", 1, sys_getpid());
        shared_words[leave] = 1;
        yield_often();
    }
    pass();
}
