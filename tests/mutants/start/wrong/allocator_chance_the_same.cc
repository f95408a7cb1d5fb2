// All four ask with the same chance.
// fails: loop-pace
// like: allocator_chance_too_high
// why: the greater a process's number, the more often it asks
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    for (; heap_top != stack_page; sys_yield()) {
        if (rand(0, slowdown - 1) >= 3) continue;
        if (sys_page_alloc(heap_top) < 0) break;
        *heap_top = uint8_t(self);
        heap_top += PAGESIZE;
    }
    for (;;) sys_yield();
}
