// One round is a function, which says whether to go on.
// file: user/p-allocator.cc
// added
static uintptr_t next_page, last_page;

static bool play_round(int self) {
    bool is_lucky = rand(0, 17) < self;
    if (is_lucky && sys_page_alloc(reinterpret_cast<void*>(next_page)) < 0) return false;
    if (is_lucky) {
        *reinterpret_cast<uint8_t*>(next_page) = uint8_t(self);
        next_page += PAGESIZE;
    }
    sys_yield();
    return next_page <= last_page;
}
// replaced
void process_main() {
    int self = sys_getpid();
    srand(unsigned(self));
    next_page = round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE);
    last_page = round_down(rdrsp(), PAGESIZE) - PAGESIZE;
    while (play_round(self)) {
    }
    for (;;) sys_yield();
}
