// p-check-refused - one process asks for pages at addresses where it may have none
//
//    The seed's remainder by 4 says of which kind; the rest chooses among them.
//    took(count): after sixty more, all other pages that it could get.
//    before(address), asked(address, result): just before and just after.   allowed(address, result): one that is fine.
//    end(): it still runs.
#include "u-check-vm.hh"

enum { unaligned, kernels, beyond, overflowing, kinds };

static uintptr_t address_of_kind(unsigned kind, int n) {
    uintptr_t some_page = heap_start() + unsigned(rand(0, 100)) * PAGESIZE;
    static constexpr uintptr_t kernel_places[] = {
        CONSOLE_ADDR, PROC_START_ADDR - PAGESIZE, KERNEL_START_ADDR, 0, 0x2000, 0xA0000, KERNEL_START_ADDR + PAGESIZE,
    };
    static constexpr uintptr_t beyond_places[] = {
        MEMSIZE_VIRTUAL, MEMSIZE_VIRTUAL + PAGESIZE, 0x400000, 0x40000000, 0x8000000000, 0x7FFFFFFFF000,
    };
    static constexpr uintptr_t overflow_places[] = {
        uintptr_t(-PAGESIZE), 0x800000000000, 0xFFFF800000000000, uintptr_t(1) << 63, uintptr_t(-2 * PAGESIZE),
        0xFFFFFFFF80100000,
    };
    static constexpr int offsets[] = {1, PAGESIZE - 1, 8};
    if (kind == unaligned) return some_page + unsigned(n < 3 ? offsets[n] : rand(1, PAGESIZE - 1));
    if (kind == kernels) return kernel_places[n];
    return kind == beyond ? beyond_places[n] : overflow_places[n];
}

void process_main() {
    check_begin();
    for (int n = 0; n < 6; ++n) {
        uintptr_t address = address_of_kind(check_seed % kinds, n);
        moment("before", address);
        int result = page_alloc(address);
        moment("asked", address, result);
    }
    for (int n = 0; n < 60; ++n) page_alloc(address_of_kind(check_seed % kinds, n % 6));
    uintptr_t fine = heap_start() + 5 * PAGESIZE;
    int result = page_alloc(fine);
    if (result >= 0) fill_page(fine, 1);
    moment("allowed", fine, result);
    moment("took", take_pages(heap_start() + 6 * PAGESIZE, 1000));
    moment("end");
    check_done();
}
