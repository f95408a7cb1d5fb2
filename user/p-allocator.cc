// p-allocator - a process that grows until no memory is left
//
//    It allocates a page now and then, the more often the greater its pid, and writes its pid
//    there.
#include "u-lib.hh"

constexpr int slowdown = 18;

void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));

    while (heap_top != stack_page) {
        if (rand(0, slowdown - 1) < self) {
            if (sys_page_alloc(heap_top) < 0) break;
            auto words = reinterpret_cast<uint64_t*>(heap_top);
            for (int i = 0; i < PAGESIZE / 8; ++i) assert_eq(words[i], 0U);
            *heap_top = uint8_t(self);
            console[CPOS(24, 79)] = uint16_t(self);
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    for (;;) sys_yield();
}
