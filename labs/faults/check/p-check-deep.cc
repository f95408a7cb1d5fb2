// p-check-deep - in the big machine, the stack grows down to a limit that lies far away
#include "u-faults.hh"

constexpr uintptr_t most = 0x800000;    // bytes of a stack

void process_main() {
    check_begin();
    in_part(0, [] {
        uintptr_t top = round_up(rdrsp(), PAGESIZE);
        moment("before", top, most);
        constexpr unsigned pages[] = {1, 15, 16, 700, most / PAGESIZE - 1};
        for (unsigned n : pages) {
            touch(top - (n + 1) * PAGESIZE + 8 * uintptr_t(rand(0, 511)), n % 2 == 0 ? to_read : to_write);
        }
        try_in_child(top - most - 8, to_write);
        try_in_child(top - most - PAGESIZE, to_read);
    });
    check_done();
}
