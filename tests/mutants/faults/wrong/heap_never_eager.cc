// The boot word `heap=eager` changes nothing.
// fails: heap-eager
// why: with it, the pages come at once, for comparing
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    return space.regions->add({start, end, perm, region_source::zeros, region_label::heap});
}
