// STEP heap: so far all pages come at once.
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    return space.add_pages(start, end, PTE_PWU | PTE_XD);
}

// STEP heap: so far nothing is promised.
int keep_promise(const address_space&, region&, vmiter&, uint64_t) {
    panic("keep_promise: nothing is promised yet");
}
