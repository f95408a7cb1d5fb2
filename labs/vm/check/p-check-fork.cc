// p-check-fork - a process with memory in many places forks, with a value in every register
//
//    before(buffer, size, pages, count): just before; `[buffer, buffer + size)` lies on the stack and does not change
//        until "parent wrote" and "child wrote"; the array `pages` has the addresses of the `count` pages it has asked
//        for.
//    child(result, before, after), parent(the same): just after, in the one and in the other; `before` and `after` are
//        the registers around the system call, in the order of `registers` below.
//    child wrote(), parent wrote(): it has written to all its memory.   end(): both still run.
#include "u-check-vm.hh"

// The general registers in the order in which they are named below, then rsp and rflags.
struct registers {
    uint64_t rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15, rsp, rflags;
};

extern "C" int64_t fork_with_registers(const registers* before, registers* after);
asm(".pushsection .text.fork_with_registers, \"ax\", @progbits\n"
    ".globl fork_with_registers\n"
    ".type fork_with_registers, @function\n"
    "fork_with_registers:\n"
    "    .irp register, rbx, rbp, r12, r13, r14, r15, rsi\n"
    "    pushq %\\register\n"
    "    .endr\n"
    "    movq %rdi, %rax\n"
    "    movq %rsp, 96(%rax)\n"
    "    pushq 104(%rax)\n"
    "    popfq\n"
    "    .set offset, 0\n"
    "    .irp register, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15\n"
    "    movq offset(%rax), %\\register\n"
    "    .set offset, offset + 8\n"
    "    .endr\n"
    "    movl $5, %eax\n"                               // SYSCALL_FORK
    "    syscall\n"
    "    movq %rsp, %r11\n"
    "    pushfq\n"
    "    popq %rcx\n"
    "    cld\n"
    "    pushq %rdi\n"
    "    movq 8(%rsp), %rdi\n"
    "    movq %rbx, (%rdi)\n"
    "    .set offset, 8\n"
    "    .irp register, rdx, rsi\n"
    "    movq %\\register, offset(%rdi)\n"
    "    .set offset, offset + 8\n"
    "    .endr\n"
    "    popq 24(%rdi)\n"
    "    .set offset, 32\n"
    "    .irp register, rbp, r8, r9, r10, r12, r13, r14, r15, r11, rcx\n"
    "    movq %\\register, offset(%rdi)\n"
    "    .set offset, offset + 8\n"
    "    .endr\n"
    "    .irp register, rsi, r15, r14, r13, r12, rbp, rbx\n"
    "    popq %\\register\n"
    "    .endr\n"
    "    ret\n"
    ".size fork_with_registers, . - fork_with_registers\n"
    ".popsection");
static_assert(SYSCALL_FORK == 5);

constexpr unsigned most = 24;
static uint64_t data[32] = {0xDA7A};
static uint64_t zeros[32];
static uintptr_t pages[most];
static unsigned count;

static void allocate(uintptr_t va) {
    if (va == stack_page()) return;
    for (unsigned i = 0; i < count; ++i) {
        if (pages[i] == va) return;
    }
    if (page_alloc(va) < 0) {
        moment("refused", va);
        return;
    }
    fill_page(va, 1);
    pages[count++] = va;
}

// Pages in a row, alone, on both sides of where a new page table begins, and just below the stack
static void allocate_all() {
    for (unsigned n = 0; n < 5; ++n) allocate(heap_start() + n * PAGESIZE);
    allocate(MEMSIZE_PHYSICAL - PAGESIZE);
    allocate(MEMSIZE_PHYSICAL);
    allocate(MEMSIZE_VIRTUAL - PAGESIZE);
    allocate(stack_page() - 3 * PAGESIZE);
    int places = int((stack_page() - heap_start()) / PAGESIZE) - 3;
    while (count < most) allocate(heap_start() + unsigned(rand(0, places)) * PAGESIZE);
}

static void write_all(volatile uint64_t* buffer, unsigned size, uint64_t who) {
    for (unsigned i = 0; i < size; ++i) buffer[i] = who << 48 | i;
    for (unsigned i = 0; i < 32; ++i) data[i] = zeros[i] = who << 48 | i;
    for (unsigned i = 0; i < count; ++i) fill_page(pages[i], who);
}

void process_main() {
    check_begin();
    count = 0;                                      // even in memory that was not cleared
    volatile uint64_t buffer[40];
    registers before, after;
    auto values = reinterpret_cast<uint64_t*>(&before);
    for (unsigned i = 0; i < sizeof(before) / 8; ++i) values[i] = 0x0123'4567'89AB'CDEFul * (2 * i + check_seed);
    before.rflags = EFLAGS_IF | EFLAGS_RESERVED1 | 0xD5;        // carry, parity, adjust, zero and sign
    allocate_all();
    write_all(buffer, 40, 1);

    // Selectors that are not those with which a process begins
    unsigned short selector;
    asm volatile("movw %%ss, %0; movw %0, %%fs; movw %0, %%gs" : "=r"(selector));
    moment("before", buffer, sizeof(buffer), pages, count);
    int64_t result = fork_with_registers(&before, &after);
    if (result == 0) {
        moment("child", result, &before, &after);
        write_all(buffer, 40, 2);
        moment("child wrote");
        wait_for_ever();
    }
    moment("parent", result, &before, &after);
    let_others_run();
    moment("parent later");
    write_all(buffer, 40, 3);
    moment("parent wrote");
    let_others_run();
    moment("end");
    check_done();
}
