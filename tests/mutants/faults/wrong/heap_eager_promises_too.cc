// With the boot word `heap=eager` the pages come at once, and are promised as well.
// fails: heap-eager
// like: heap_never_eager
// why: with it, nothing is promised: what a process gives back would come again when it is touched
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    region heap = {start, end, perm, region_source::zeros, region_label::heap};
    if (int r = space.regions->add(heap); r < 0) return r;
    return heap_is_eager ? space.add_pages(start, end, perm) : 0;
}
