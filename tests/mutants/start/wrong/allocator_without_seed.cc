// Nobody says `srand`, so all four have the same random numbers.
// fails: loop-random
// why: each process has its own random numbers, by its pid
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    auto heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top != stack_page) {
        if (rand(0, slowdown - 1) < self) {
            if (sys_page_alloc(heap_top) < 0) break;
            *heap_top = uint8_t(self);
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    for (;;) sys_yield();
}
