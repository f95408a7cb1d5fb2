// The allocator counts its pages, and finds each page's address by its number.
// file: user/p-allocator.cc
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    uintptr_t heap = round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE);
    uintptr_t most = (round_down(rdrsp() - 1, PAGESIZE) - heap) / PAGESIZE;
    uintptr_t pages = 0;
    bool is_memory_left = true;
    for (;;) {
        if (is_memory_left && pages < most && rand(0, slowdown - 1) < self) {
            auto page = reinterpret_cast<uint8_t*>(heap + pages * PAGESIZE);
            is_memory_left = sys_page_alloc(page) >= 0;
            if (is_memory_left) *page = uint8_t(self);
            pages += is_memory_left;
        }
        sys_yield();
    }
}
