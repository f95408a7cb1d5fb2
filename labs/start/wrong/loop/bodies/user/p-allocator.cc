// Wrong: memory is asked for from the program's last byte on, in the middle of a page.
void process_main() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    uint8_t* heap_top = end;
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));

    while (heap_top < stack_page) {
        if (rand(0, slowdown - 1) < self) {
            if (sys_page_alloc(heap_top) < 0) break;
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    for (;;) sys_yield();
}
