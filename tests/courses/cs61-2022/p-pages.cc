// 2022: sys_page_alloc gives zeros, takes the old page away, and refuses what is no address of a page
#include "u-lib.hh"

extern uint8_t end[];

void process_main() {
    uint8_t* page = (uint8_t*) round_up((uintptr_t) end, PAGESIZE);
    for (int round = 0; round < 3; ++round) {
        assert_eq(sys_page_alloc(page), 0);
        for (size_t i = 0; i < PAGESIZE; ++i) {
            assert(page[i] == 0);
        }
        memset(page, 61, PAGESIZE);
    }
    assert_lt(sys_page_alloc(page + 1), 0);
    assert_lt(sys_page_alloc((void*) 0x1000), 0);
    assert_lt(sys_page_alloc((void*) (PROC_START_ADDR - PAGESIZE)), 0);
    assert_lt(sys_page_alloc((void*) MEMSIZE_VIRTUAL), 0);
    assert(is_error((uintptr_t) sys_page_alloc((void*) ~0UL)));
    assert_eq(page[0], 61);
}
