// p-check-four-stacks - four processes use their stacks deep and long
//
//    stack(quarter, address, value): the word at `address`, on the stack, is `value`.
//    end(quarter): the last one still runs.
#include "u-check-vm.hh"

// Each level keeps a value on the stack over many turns of the others.
[[gnu::noinline]] static uint64_t descend(unsigned self, unsigned depth) {
    volatile uint64_t mine = uint64_t(self + 1) << 32 | depth;
    if (depth % 4 == 0) sys_yield();
    if (depth % 8 == 0) moment("stack", self, reinterpret_cast<uintptr_t>(&mine), mine);
    uint64_t below = depth > 0 ? descend(self, depth - 1) : 0;
    return below + mine;
}

void process_main() {
    check_begin();
    unsigned self = quarter();
    descend(self, 24);
    sys_yield();
    descend(self, 16);
    if (self < 3) wait_for_ever();
    let_others_run();
    moment("end", self);
    check_done();
}
