// The loop ends by an error: after the last page it asks for the stack's.
// fails: loop-last
// why: the last page to ask for is the one below the stack's; in another kernel the stack would go
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    for (; heap_top <= stack_page; sys_yield()) {
        if (rand(0, slowdown - 1) >= self) continue;
        if (sys_page_alloc(heap_top) < 0) break;
        *heap_top = uint8_t(self);
        heap_top += PAGESIZE;
    }
    for (;;) sys_yield();
}
