// p-check-four-grow - four processes grow side by side, each at addresses of its own
//
//    grown(quarter, first, end): the pages of `[first, end)` are there and filled by `quarter + 1`.
//    refused(quarter, address, result): a page was not to be had.
#include "u-check-vm.hh"

static uint64_t data[64] = {0xDA7A};
static uint64_t zeros[64];

void process_main() {
    check_begin();
    unsigned self = quarter(), count = unsigned(rand(12, 28)) + self;
    uintptr_t first = heap_start();
    data[1] = zeros[1] = self + 1;
    for (unsigned n = 0; n < count; ++n) {
        uintptr_t va = first + n * PAGESIZE;
        if (int result = page_alloc(va); result < 0) moment("refused", self, va, result);
        else fill_page(va, self + 1);
        if (rand(0, 3) == 0) moment("grown", self, first, va + PAGESIZE);
        for (int yields = rand(0, 2); yields > 0; --yields) sys_yield();
    }
    moment("grown", self, first, first + count * PAGESIZE);
    if (self < 3) wait_for_ever();
    let_others_run();
    moment("end", self);
    check_done();
}
