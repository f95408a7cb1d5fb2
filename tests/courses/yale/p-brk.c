/* As Yale's programs for brk and sbrk */
#include "compat/yale.h"

extern uint8_t end[];

void process_main(void) {
    uint8_t* start = sbrk(0);
    assert(start == ROUNDUP((uint8_t*) end, PAGESIZE));
    assert(sbrk(3 * PAGESIZE) == start);
    for (int i = 0; i < 3; ++i) {
        assert(start[i * PAGESIZE] == 0);
        start[i * PAGESIZE] = i + 1;
    }
    vamapping map;
    sys_mapping((uintptr_t) start, &map);
    assert(map.pn > 0 && (map.perm & PTE_W) && map.pa == (uintptr_t) map.pn * PAGESIZE);
    assert(brk(start) == 0 && sbrk(0) == start);
    assert(brk((void*) 0x1000) < 0 && sbrk(0) == start);
    assert((intptr_t) sbrk(1L << 40) < 0);
    yield();
    exit();
}
