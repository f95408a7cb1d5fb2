// u-registers.hh - filling all registers, and seeing what becomes of them
#ifndef KINGLET_U_REGISTERS_HH
#define KINGLET_U_REGISTERS_HH
#include "u-test.hh"

// The general registers but `rsp`. The functions below load them all from `registers_before` and
// afterwards store them to `registers_after`.
struct register_file {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
};
constexpr unsigned register_count = sizeof(register_file) / 8;

extern "C" {
register_file registers_before, registers_after;
void registers_over_syscall();          // between: `syscall`
void registers_while_odd();             // between: waiting, without calls, while the first shared
                                        // word is odd
void registers_while_even();            // the same while it is even
}

asm(".pushsection .text\n"
    ".macro load_or_store direction\n"
    "    .set offset, 0\n"
    "    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15\n"
    "    .ifc \\direction, load\n"
    "    movq registers_before+offset, %\\register\n"
    "    .else\n"
    "    movq %\\register, registers_after+offset\n"
    "    .endif\n"
    "    .set offset, offset + 8\n"
    "    .endr\n"
    ".endm\n"
    ".macro registers_over name, instructions:vararg\n"
    ".globl \\name\n"
    "\\name:\n"
    "    .irp register, rbx, rbp, r12, r13, r14, r15\n"
    "    pushq %\\register\n"
    "    .endr\n"
    "    load_or_store load\n"
    "1:  \\instructions\n"
    "    load_or_store store\n"
    "    .irp register, r15, r14, r13, r12, rbp, rbx\n"
    "    popq %\\register\n"
    "    .endr\n"
    "    ret\n"
    ".endm\n"
    "registers_over registers_over_syscall, syscall\n"
    "registers_over registers_while_odd, testb $1, 0xB8FA8; jnz 1b\n"
    "registers_over registers_while_even, testb $1, 0xB8FA8; jz 1b\n"
    ".popsection");

// fill_registers(pattern)
//    Give every register of `registers_before` a value of its own, made from `pattern`.
inline void fill_registers(uint64_t pattern) {
    auto values = reinterpret_cast<uint64_t*>(&registers_before);
    for (unsigned i = 0; i < register_count; ++i) values[i] = pattern * (2 * i + 1);
}

// expect_registers()
//    Expect that `registers_after` is what `registers_before` was.
inline void expect_registers() {
    static constexpr char names[register_count][4] = {
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
        "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    auto before = reinterpret_cast<const int64_t*>(&registers_before);
    auto after = reinterpret_cast<const int64_t*>(&registers_after);
    for (unsigned i = 0; i < register_count; ++i) expect(names[i], before[i], after[i]);
}

// make_syscall_with_registers(number)
//    Make a system call with all registers filled, and expect them to be as abi.hh says afterwards:
//    the two that are lost hold nothing but what this process had there, or the place and flags of
//    the call. Returns the result.
inline int64_t make_syscall_with_registers(uint64_t number) {
    registers_before.rax = number;
    registers_over_syscall();
    auto result = int64_t(registers_after.rax);
    uint64_t rcx = registers_after.rcx, r11 = registers_after.r11;
    bool rcx_is_own = rcx == registers_before.rcx || rcx == 0
        || (rcx >= PROC_START_ADDR && rcx < MEMSIZE_VIRTUAL);
    bool r11_is_own = r11 == registers_before.r11 || r11 == 0
        || (r11 & ~0x8D5UL) == (EFLAGS_RESERVED1 | EFLAGS_IF);
    expect("nothing of the kernel's in rcx", rcx_is_own);
    expect("nothing of the kernel's in r11", r11_is_own);
    registers_after.rax = registers_before.rax;
    registers_after.rcx = registers_before.rcx;
    registers_after.r11 = registers_before.r11;
    expect_registers();
    return result;
}

#endif
