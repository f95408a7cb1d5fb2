// A round in which a page has come ends without `sys_yield`.
// fails: loop-random
// like: allocator_without_seed
// why: in each round others have their turn
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top != stack_page) {
        if (rand(0, slowdown - 1) >= self) {
            sys_yield();
            continue;
        }
        if (sys_page_alloc(heap_top) < 0) break;
        *heap_top = uint8_t(self);
        heap_top += PAGESIZE;
    }
    for (;;) sys_yield();
}
