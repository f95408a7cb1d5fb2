// p-test-exceptions - whatever a process does to the CPU, it stops that process alone
//
//    Outside: `ok` from pid 1; for each `try` one fault of the same pid with the name the table has
//    after the colon, or one of the two where CPUs differ. Where the CPU does not check alignment,
//    the child logs `alignment not checked` and exits.
#include "u-test.hh"

// An attempt whose instructions are `code`
#define TRY(name, code) \
    {name, [](uintptr_t x) { asm volatile(code : "+r"(x) : : "rax", "rcx", "rdx", "memory"); }}

static constexpr attempt attempts[] = {
    TRY("to divide by zero: divide error", "xorl %%edx, %%edx; xorl %%ecx, %%ecx; divl %%ecx"),
    TRY("to divide too far: divide error",
        "movl $0x80000000, %%eax; cltd; movl $-1, %%ecx; idivl %%ecx"),
    TRY("int3: breakpoint", "int3"),
    TRY("icebp: debug trap|invalid opcode", ".byte 0xF1; nop"),
    TRY("the trap flag: debug trap", "pushfq; orl $0x100, (%%rsp); popfq; nop; nop"),
    TRY("ud2: invalid opcode", "ud2"),
    TRY("hlt: general protection", "hlt"),
    TRY("cli: general protection", "cli"),
    TRY("in: general protection", "inb $0x60, %%al"),
    TRY("out: general protection", "movb $0xFE, %%al; outb %%al, $0x64"),
    TRY("a selector that is none: general protection", "movl $0x1230, %%eax; movl %%eax, %%ds"),
    TRY("the kernel's selector: general protection", "movl $0x10, %%eax; movl %%eax, %%es"),
    TRY("wrmsr: general protection", "movl $0xC0000082, %%ecx; wrmsr"),
    TRY("to write cr3: general protection", "movq %%rax, %%cr3"),
    TRY("to read cr0: general protection", "movq %%cr0, %%rax"),
    TRY("lgdt: general protection", "lgdt (%%rsp)"),
    TRY("int 0x80: general protection", "int $0x80"),
    TRY("int 14: general protection", "int $14"),
    TRY("int 32: general protection", "int $32"),
    TRY("sysenter: general protection|invalid opcode", "sysenter"),
    TRY("a read of page 0: null pointer access", "movq 0, %%rax"),
    TRY("a write to nothing: page fault", "movq %%rax, 0x180000"),
    TRY("to run its stack: page fault",
        "movb $0xC3, -64(%%rsp); leaq -64(%%rsp), %%rax; jmp *%%rax"),
    TRY("a jump out of the canonical: general protection",
        "movq $1, %%rax; shlq $47, %%rax; jmp *%%rax"),
    TRY("a push below its stack: page fault", "xorl %%esp, %%esp; pushq %%rax"),
    TRY("a push out of the canonical: stack segment fault|general protection",
        "movq $0x800000000100, %%rsp; pushq %%rax"),
    TRY("floating point: no floating point", ".byte 0xD9, 0xE8"),
    TRY("SSE: no floating point", ".byte 0x0F, 0x28, 0xC0"),
    TRY("MMX: no floating point", ".byte 0x0F, 0x6F, 0xC8"),
    TRY("AVX: invalid opcode", ".byte 0xC5, 0xF8, 0x58, 0xC0"),
};

static void try_alignment() {
    in_child([] {
        log_printf("try an odd address: alignment check");
        uint64_t words[2] = {};
        asm volatile("pushfq; orl $0x40000, (%%rsp); popfq; movl 1(%0), %%eax; pushfq; andl "
                     "$~0x40000, (%%rsp); popfq" : : "r"(words) : "rax", "cc", "memory");
        log_printf("alignment not checked");
    });
}

void process_main() {
    for (auto& a : attempts) try_in_child(a);
    try_alignment();
    pass();
}
