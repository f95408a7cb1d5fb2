// p-check-four-peek - three of four processes touch the memory of another, and should be stopped
//
//    try(quarter, address, kind): about to. survived(quarter, address, kind): nobody stopped it.
//    end(quarter): the fourth still runs.
#include "u-check-vm.hh"

void process_main() {
    check_begin();
    unsigned self = quarter();
    page_alloc(heap_start());
    fill_page(heap_start(), self + 1);
    sys_yield();
    if (self < 3) {
        unsigned other = (self + 1 + check_seed % 3) % 4;
        if (other == self) other = 3;
        uintptr_t distance = (other - self) * quarter_size;         // all four are laid out alike
        uintptr_t place = self == check_seed % 3 ? PROC_START_ADDR + other * quarter_size : heap_start() + distance;
        try_access(place + 8 * unsigned(rand(0, 500)), self == 1 ? access_write : access_read);
        wait_for_ever();
    }
    let_others_run();
    moment("end", self);
    check_done();
}
