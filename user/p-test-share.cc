// p-test-share - after fork, parent and child use the same read-only pages, and neither can write to them
//
//    Outside: `ok` from pid 1; two page faults (write, protection), of `try a write to text` and `try a write to
//    constants`. Both faulted processes stay: their pages with text and constants are the same physical pages, with
//    owner PO_SHARED and reference count 2; their other pages are not.
#include "u-test.hh"

constexpr uint64_t constants[512] = {0xC0, 0xC1};
uint64_t data = 0xDA7A;

void process_main() {
    auto text = reinterpret_cast<uintptr_t>(process_main);
    auto constant = reinterpret_cast<uintptr_t>(&constants[1]);
    auto before = *reinterpret_cast<volatile uint64_t*>(text);
    auto write = [](uintptr_t address) { *reinterpret_cast<volatile uint64_t*>(address) = 0; };
    try_in_child({"a write to text", write, text});
    try_in_child({"a write to constants", write, constant});
    expect("text", int64_t(before), int64_t(*reinterpret_cast<volatile uint64_t*>(text)));
    expect("a constant", 0xC1, *reinterpret_cast<volatile int64_t*>(constant));
    data = 0;
    pass();
}
