// p-forkbomb - every process forks, without end; the machine goes on, and keys `1` and `k` end them
// all
#include "u-lib.hh"

void process_main() {
    for (;;) {
        if (sys_fork() < 0) sys_yield();
    }
}
