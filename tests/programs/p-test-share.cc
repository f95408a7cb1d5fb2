// p-test-share - after fork, parent and child use the same read-only pages, and neither can write
// to them
//
//    Outside: `ok` from pid 1; two page faults (write, protection), of `try a write to text` and
//    `try a write to constants`. Both faulted processes stay until pid 1 ends, 5 s later: their
//    pages with text and constants are the same physical pages, with owner PO_SHARED and reference
//    count 3; the page with `data`, which each has written, is its own.
#include "u-test.hh"

constexpr uint64_t constants[512] = {0xC0, 0xC1};
uint64_t data = 0xDA7A;

static void leave_faulted_child(const char* what, uintptr_t address) {
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child > 0) return yield_often();
    data = uint64_t(sys_getpid());
    log_printf("try a write to %s", what);
    write_byte(address);
    fail("a write to fault");
}

void process_main() {
    auto text = reinterpret_cast<uintptr_t>(process_main);
    auto constant = reinterpret_cast<uintptr_t>(&constants[1]);
    auto before = *reinterpret_cast<volatile uint64_t*>(text);
    leave_faulted_child("text", text);
    leave_faulted_child("constants", constant);
    expect("text", int64_t(before), int64_t(*reinterpret_cast<volatile uint64_t*>(text)));
    expect("a constant", 0xC1, *reinterpret_cast<volatile int64_t*>(constant));
    expect("data", 0xDA7A, int64_t(data));
    log_printf("ok");
    sys_sleep(5'000);
}
