// p-check-four-touch - three of four processes touch memory below `PROC_START_ADDR`, and should be stopped
//
//    try(quarter, address, kind): about to. survived(quarter, address, kind): nobody stopped it.
//    end(quarter): the fourth still runs.
#include "u-check-vm.hh"

static constexpr uintptr_t places[] = {
    KERNEL_START_ADDR + 0x100, 0xA0000, 0x2000, KERNEL_LIMIT_ADDR - 8, KERNEL_START_ADDR + 0x10000, 0xFFFF8,
};
constexpr unsigned place_count = sizeof(places) / sizeof(places[0]);

void process_main() {
    check_begin();
    unsigned self = quarter();
    if (self < 3) {
        sys_yield();
        try_access(places[(self + 3 * check_seed) % place_count], access_kind((self + check_seed) % 3));
        wait_for_ever();
    }
    let_others_run();
    moment("end", self);
    check_done();
}
