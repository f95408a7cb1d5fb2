// The allocator makes sure that a page holds zeros before it writes to it.
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top != stack_page) {
        if (rand(0, slowdown - 1) < self) {
            if (sys_page_alloc(heap_top) < 0) break;
            for (int i = 0; i < PAGESIZE; ++i) assert_eq(heap_top[i], 0);
            *heap_top = uint8_t(self);
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    for (;;) sys_yield();
}
