// p-test-vm86 - a process that would go to virtual-8086 mode by `iretl`, as QEMU lets it from memory below 64 KiB
#include "u-test.hh"

static void leave(uintptr_t) {
    for (unsigned n = 0; n < 300; ++n) {
        uint64_t* place = page(n);
        if (sys_page_alloc(place) < 0) break;
        uintptr_t pa = mapping_of(place).pa;
        if (pa >= 0x10000) continue;
        auto frame = reinterpret_cast<uint32_t*>(place);
        frame[0] = 0x1000;              // eip
        frame[2] = 0x20002;             // eflags: virtual-8086 mode
        log_printf("frame at 0x%lx", pa);
        asm volatile("movq %0, %%rsp; .byte 0xCF" : : "r"(0x200000 + pa) : "memory");
    }
}

void process_main() {
    try_in_child({"vm86", leave});
    pass();
}
