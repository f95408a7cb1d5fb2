// The heap's pages come at once.
// fails: heap-lazy
// why: a page of the heap must come only when it is touched
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    return space.add_pages(start, end, PTE_PWU | PTE_XD);
}
