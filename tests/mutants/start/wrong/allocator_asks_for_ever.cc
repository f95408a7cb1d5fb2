// An error does not end anything: the same page is asked for again and again.
// fails: loop-last
// like: allocator_asks_once_more
// why: when no page is left, the process yields, and asks no more
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    (void) stack_page;
    for (;; sys_yield()) {
        if (rand(0, slowdown - 1) >= self || sys_page_alloc(heap_top) < 0) continue;
        *heap_top = uint8_t(self);
        heap_top += PAGESIZE;
    }
}
