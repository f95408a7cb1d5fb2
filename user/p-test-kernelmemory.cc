// p-test-kernelmemory - a process can touch its own memory and the screen, and nothing else
//
//    Outside: `ok` from pid 1; one page fault for each `try`, or a general protection fault where the address is not
//    canonical; 33 in all.
#include "u-test.hh"

static void read(uintptr_t address) {
    asm volatile("movb (%0), %%al" : : "r"(address) : "rax", "memory");
}
static void write(uintptr_t address) {
    asm volatile("movb $0, (%0)" : : "r"(address) : "memory");
}
static void execute(uintptr_t address) {
    asm volatile("jmp *%0" : : "r"(address) : "memory");
}

static constexpr attempt attempts[] = {
    {"a read of page 0", read, 0},
    {"a write to page 0", write, 8},
    {"a read of low memory", read, 0x1000},
    {"a write to low memory", write, 0x7C00},
    {"a write below the kernel", write, KERNEL_START_ADDR - 1},
    {"a read of the kernel's text", read, KERNEL_START_ADDR},
    {"a write to the kernel's text", write, KERNEL_START_ADDR},
    {"to run the kernel's text", execute, KERNEL_START_ADDR},
    {"a read of the kernel's data", read, 0x58000},
    {"a write to the kernel's data", write, 0x58000},
    {"a read of the kernel's last page", read, KERNEL_LIMIT_ADDR - 8},
    {"a write to the BIOS's data", write, 0x9FC00},
    {"a read of graphics memory", read, 0xA0000},
    {"a write to graphics memory", write, 0xAFFFF},
    {"a read just before the screen", read, CONSOLE_ADDR - 1},
    {"a write just before the screen", write, CONSOLE_ADDR - 1},
    {"a read just behind the screen", read, CONSOLE_ADDR + PAGESIZE},
    {"a write just behind the screen", write, CONSOLE_ADDR + PAGESIZE},
    {"to run the screen", execute, CONSOLE_ADDR},
    {"a read of the BIOS", read, 0xF0000},
    {"a write just before its range", write, PROC_START_ADDR - 1},
    {"a read of the program images", read, PROGRAMS_ADDR},
    {"a write to the program images", write, PROGRAMS_ADDR},
    {"a write below its stack's page", write, MEMSIZE_VIRTUAL - PAGESIZE - 1},
    {"a read behind its range", read, MEMSIZE_VIRTUAL},
    {"a write behind its range", write, MEMSIZE_VIRTUAL},
    {"a read at 1 GiB", read, 0x4000'0000},
    {"a read of the interrupt controller", read, 0xFEE0'0020},
    {"a write at the end of the lower half", write, VA_LOWEND - 1},
    {"a read that is not canonical", read, VA_LOWEND},
    {"a read of the upper half", read, VA_HIGHMIN},
    {"a write to the upper half", write, 0xFFFF'FFFF'8000'0000},
    {"a read of the last byte", read, UINTPTR_MAX},
};
static_assert(arraysize(attempts) == 33);

void process_main() {
    for (auto& a : attempts) try_in_child(a);
    volatile uint16_t& cell = console[CPOS(24, 0)];
    cell = 0x0741;
    expect("a cell of the screen", 0x0741, cell);
    pass();
}
