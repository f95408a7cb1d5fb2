// The allocator asks for the same page again and again.
// fails: loop-fills loop-pace
// why: each call must be for the next page
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    for (;;) {
        if (rand(0, slowdown - 1) < self && sys_page_alloc(heap_top) >= 0) *heap_top = uint8_t(self);
        sys_yield();
    }
}
