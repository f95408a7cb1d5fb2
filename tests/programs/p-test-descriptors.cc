// p-test-descriptors - a process cannot bring descriptors of its own into force: there is no local
// table
//
//    Outside: `ok` from pid 1; three faults, all general protection (`try ...`).
#include "u-test.hh"

// Present, privilege level 3, a 64-bit call gate (SDM vol. 3A, 5.8.3.1)
constexpr uint64_t CALL_GATE_USER = 0xEC00;
constexpr unsigned LOCAL_TABLE = 4;                 // the selector bit that asks for it

static bool is_found(unsigned selector) {
    bool access, limit, read, write;
    asm volatile("larl %1, %%eax" : "=@ccz"(access) : "r"(selector) : "rax");
    asm volatile("lsll %1, %%eax" : "=@ccz"(limit) : "r"(selector) : "rax");
    asm volatile("verr %w1" : "=@ccz"(read) : "r"(selector));
    asm volatile("verw %w1" : "=@ccz"(write) : "r"(selector));
    return access || limit || read || write;
}

// Fill pages with gates to the kernel: were there a table at address 0, they would be in it.
static void forge_gates() {
    for (unsigned n = 0; n < 40; ++n) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
        for (unsigned word = 0; word < PAGESIZE / 8; word += 2) {
            page(n)[word] = 0x0000 | 8UL << 16 | CALL_GATE_USER << 32
                | uint64_t(KERNEL_START_ADDR >> 16) << 48;
        }
    }
}

static void call_far(uintptr_t selector) {
    struct [[gnu::packed]] {
        uint32_t offset;
        uint16_t selector;
    } target = {0, uint16_t(selector)};
    asm volatile("lcall *%0" : : "m"(target) : "memory");
}

void process_main() {
    forge_gates();
    for (unsigned index = 0; index < 8192; ++index) {
        expect("no local descriptor", !is_found(index * 8 | LOCAL_TABLE | 3));
    }
    try_in_child({"a far call through a local gate: general protection", call_far,
                  0x1000 | LOCAL_TABLE | 3});
    try_in_child(
        {"a far call to the kernel's code: general protection", call_far, SEGSEL_KERN_CODE});
    try_in_child({"a local data selector: general protection", [](uintptr_t selector) {
        asm volatile("movl %0, %%es" : : "r"(unsigned(selector)));
    }, 0x2000 | LOCAL_TABLE | 3});
    pass();
}
