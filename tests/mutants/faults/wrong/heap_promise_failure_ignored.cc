// Nobody looks whether the promise could be made.
// fails: heap-protected
// why: `sys_sbrk` says yes, and the process has no such memory
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    if (heap_is_eager) return space.add_pages(start, end, perm);
    (void) space.regions->add({start, end, perm, region_source::zeros, region_label::heap});
    return 0;
}
