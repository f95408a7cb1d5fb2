// p-test-vm86 - a process cannot go to virtual-8086 mode by `iretl`: QEMU takes the stack for it from the first 64 KiB
//
//    Outside: `ok` from pid 1; a page fault of each child, since nothing is mapped there.
#include "u-test.hh"

static void leave(uintptr_t pa) {
    asm volatile("movq %0, %%rsp; iretl" : : "r"(MEMSIZE_PHYSICAL + pa) : "memory");
}

void process_main() {
    for (uintptr_t pa = PAGESIZE; pa < 0x10000; pa += PAGESIZE) try_in_child({"a way out: page fault", leave, pa});
    pass();
}
