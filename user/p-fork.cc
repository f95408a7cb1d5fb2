// p-fork - four processes from one, each growing like p-allocator
#include "u-lib.hh"

constexpr int slowdown = 18;

// Objects that make each segment longer than a page, so that loading and copying them has something
// to get wrong
struct long_object {
    int first;
    unsigned char filler[PAGESIZE];
    int last;
};
const long_object constant = {61, {}, 6161};
long_object initialized = {62, {1}, 6262};
long_object zeroed;

static void fork_twice() {
    pid_t initial = sys_getpid();
    pid_t first = sys_fork();
    assert_ge(first, 0);
    pid_t middle = sys_getpid();
    if (first == 0) assert_ne(middle, initial);
    else assert(middle == initial && first != initial);

    pid_t second = sys_fork();
    assert_ge(second, 0);
    pid_t final = sys_getpid();
    if (second == 0) assert(final != initial && final != middle);
    else assert(final == middle && second != first && second != middle && second != initial);
}

static void check_objects() {
    assert(constant.first == 61 && constant.last == 6161);
    assert(initialized.first == 62 && initialized.filler[0] == 1 && initialized.last == 6262);
    assert_eq(zeroed.first, 63);
}

// Allocate pages up to the stack or the end of memory; in between write to some page that is there.
static void grow() {
    pid_t self = sys_getpid();
    srand(unsigned(self));
    auto heap_bottom = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    auto heap_top = heap_bottom;
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top != stack_page) {
        int x = rand(0, slowdown - 1);
        if (x < self) {
            if (sys_page_alloc(heap_top) < 0) return;
            auto words = reinterpret_cast<uint64_t*>(heap_top);
            for (int i = 0; i < PAGESIZE / 8; ++i) assert_eq(words[i], 0U);
            *heap_top = uint8_t(self);
            console[CPOS(24, 79)] = uint16_t(self);
            heap_top += PAGESIZE;
        } else if (x == self && heap_top != heap_bottom) {
            heap_bottom[rand(0, int(heap_top - heap_bottom) - 1)] = uint8_t(self);
        }
        sys_yield();
    }
}

void process_main() {
    zeroed.first = 63;
    fork_twice();
    check_objects();
    zeroed.last = sys_getpid();
    sys_yield();
    assert_eq(zeroed.last, sys_getpid());
    check_objects();
    grow();
    for (;;) sys_yield();
}
