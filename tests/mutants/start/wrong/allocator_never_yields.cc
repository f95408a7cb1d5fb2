// The allocator asks for all pages at once and lets nobody else run in between.
// fails: loop-pace
// why: all four must grow side by side, the more often the greater their pid
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    auto heap_top = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top != stack_page && sys_page_alloc(heap_top) >= 0) {
        *heap_top = uint8_t(self);
        heap_top += PAGESIZE;
    }
    for (;;) sys_yield();
}
