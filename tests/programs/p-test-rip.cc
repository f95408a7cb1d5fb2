// p-test-rip - a process that goes where no code is, is stopped, and nobody else
//
//    Outside: `ok` from pid 1; one fault for each of the 10 `try`s: general protection where the
//    address is not canonical, null pointer access at 0, page fault elsewhere and, where QEMU reads
//    the stack for it as the kernel would, for interrupt returns.
#include "u-test.hh"

static void jump(uintptr_t address) {
    asm volatile("jmp *%0" : : "r"(address) : "memory");
}
static void call(uintptr_t address) {
    asm volatile("call *%0" : : "r"(address) : "memory");
}
static void return_to(uintptr_t address) {
    asm volatile("pushq %0; ret" : : "r"(address) : "memory");
}
static void interrupt_return_to(uintptr_t address) {
    asm volatile("movq %%rsp, %%rax; pushq $0x1B; pushq %%rax; pushfq; pushq $0x23; pushq %0; iretq"
                 : : "r"(address) : "rax", "memory");
}

static constexpr attempt attempts[] = {
    {"a jump out of the canonical", jump, VA_LOWEND},
    {"a jump far out of the canonical", jump, 0x1234'5678'9ABC'DEF0},
    {"a call out of the canonical", call, VA_HIGHMIN - 1},
    {"a return out of the canonical", return_to, VA_LOWEND},
    {"an interrupt return out of the canonical", interrupt_return_to, VA_LOWEND},
    {"a jump to the end of the lower half", jump, VA_LOWEND - 1},
    {"a jump to the upper half", jump, VA_HIGHMIN},
    {"an interrupt return to the upper half", interrupt_return_to, UINTPTR_MAX},
    {"a jump to 0", jump, 0},
    {"a return to the kernel", return_to, KERNEL_START_ADDR},
};

void process_main() {
    for (auto& a : attempts) try_in_child(a);
    pass();
}
