// p-test-flags - flags that a process sets harm nobody, and it gets them back
//
//    Outside: `ok` from pid 1; two faults, both debug traps (`try the trap flag ...`).
#include "u-test.hh"

constexpr uint64_t arithmetic_flags = 0x8D5;        // overflow, sign, zero, adjust, parity, carry
constexpr uint64_t EFLAGS_ID = 0x200000;

// Make a call with these flags set, and return those found afterwards; the CPU's own state is then
// as C wants it.
static uint64_t call_with_flags(uint64_t number, uint64_t flags) {
    asm volatile("pushq %1; popfq; syscall; pushfq; popq %1; pushq $2; popfq"
                 : "+a"(number), "+r"(flags) : : "rcx", "r11", "cc", "memory");
    expect("the result", true, number == 0 || number == uint64_t(int64_t(E_NOSYS)));
    return flags;
}

// Wait with these flags, without a call, until another process has changed the first shared word.
// `mov` and a jump on rcx change no flags.
static uint64_t wait_with_flags(uint64_t flags) {
    asm volatile(
        "pushq %0; popfq; 1: movq 0xB8FA8, %%rcx; jrcxz 1b; pushfq; popq %0; pushq $2; popfq"
        : "+r"(flags) : : "rcx", "cc", "memory");
    return flags;
}

static void expect_flags(uint64_t expected, uint64_t found) {
    expect("the flags", int64_t(expected | EFLAGS_RESERVED1 | EFLAGS_IF),
           int64_t(found & ~EFLAGS_RF));
}

void process_main() {
    constexpr uint64_t sets[] = {
        0, arithmetic_flags, EFLAGS_DF, EFLAGS_NT, EFLAGS_AC, EFLAGS_ID, EFLAGS_DF | EFLAGS_NT,
        EFLAGS_DF | EFLAGS_NT | EFLAGS_AC | EFLAGS_ID | arithmetic_flags};
    for (uint64_t flags : sets) {
        expect_flags(flags, call_with_flags(SYSCALL_YIELD, flags));
        expect_flags(flags, call_with_flags(NSYSCALL, flags));
        expect_flags(flags, call_with_flags(SYSCALL_YIELD, flags | EFLAGS_IOPL));

        shared_words[0] = 0;
        if (sys_fork() == 0) {
            shared_words[0] = 1;
            sys_exit();
        }
        expect_flags(flags, wait_with_flags(flags));
    }
    try_in_child(
        {"the trap flag on a call", [](uintptr_t) { call_with_flags(SYSCALL_YIELD, EFLAGS_TF); }});
    try_in_child({"the trap flag on an unknown call",
                  [](uintptr_t) { call_with_flags(NSYSCALL, EFLAGS_TF); }});
    pass();
}
