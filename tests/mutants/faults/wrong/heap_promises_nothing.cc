// The heap's promise has the source `nothing`.
// fails: heap-counts
// like: heap_promised_as_stack
// why: the source says what is in the pages that come: zeros; nothing is what guards have
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    if (heap_is_eager) return space.add_pages(start, end, perm);
    return space.regions->add({start, end, perm, region_source::nothing, region_label::heap});
}
