// The heap's end is moved before the page is asked for.
// fails: loop-grows
// why: the heap begins on the first page after the program
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top + PAGESIZE != stack_page) {
        if (rand(0, slowdown - 1) < self) {
            heap_top += PAGESIZE;
            if (sys_page_alloc(heap_top) < 0) break;
            *heap_top = uint8_t(self);
        }
        sys_yield();
    }
    for (;;) sys_yield();
}
