#include "memory/promises.hh"

bool heap_is_eager = true;

uintptr_t stack_limit() {
    return PAGESIZE;
}

int give_stack(address_space space) {
    uintptr_t start = user_end - PAGESIZE;
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    return space.add_page(start, PTE_PWU | PTE_XD);
}

int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    return space.add_pages(start, end, PTE_PWU | PTE_XD);
}

int keep_promise(const address_space&, region&, vmiter&, uint64_t) {
    panic("a promise in a kernel without promises");
}
