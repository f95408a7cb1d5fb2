// The heap is a pointer to words, and the pid is written to all of the page's bytes that it is in.
// file: user/p-allocator.cc
void process_main() {
    uint64_t self = uint64_t(sys_getpid());
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint64_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint64_t*>(round_down(rdrsp() - 1, PAGESIZE));
    for (; heap_top != stack_page; sys_yield()) {
        if (rand(0, slowdown - 1) >= int(self)) continue;
        if (sys_page_alloc(heap_top) < 0) break;
        *heap_top = self;
        heap_top += PAGESIZE / sizeof(uint64_t);
    }
    for (;;) sys_yield();
}
