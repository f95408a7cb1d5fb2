// p-test-kernelmemory - a process can touch its own memory and the screen, and nothing else
//
//    Outside: `ok` from pid 1; one page fault for each `try`, in page 0 a null pointer access, or a
//    general protection fault where the address is not canonical; 33 in all.
#include "u-test.hh"

static constexpr attempt attempts[] = {
    {"a read of page 0", read_byte, 0},
    {"a write to page 0", write_byte, 8},
    {"a read of low memory", read_byte, 0x1000},
    {"a write to low memory", write_byte, 0x7C00},
    {"a write below the kernel", write_byte, KERNEL_START_ADDR - 1},
    {"a read of the kernel's text", read_byte, KERNEL_START_ADDR},
    {"a write to the kernel's text", write_byte, KERNEL_START_ADDR},
    {"to run the kernel's text", call_byte, KERNEL_START_ADDR},
    {"a read of the kernel's data", read_byte, 0x58000},
    {"a write to the kernel's data", write_byte, 0x58000},
    {"a read of the kernel's last page", read_byte, KERNEL_LIMIT_ADDR - 8},
    {"a write to the BIOS's data", write_byte, 0x9FC00},
    {"a read of graphics memory", read_byte, 0xA0000},
    {"a write to graphics memory", write_byte, 0xAFFFF},
    {"a read just before the screen", read_byte, CONSOLE_ADDR - 1},
    {"a write just before the screen", write_byte, CONSOLE_ADDR - 1},
    {"a read just behind the screen", read_byte, CONSOLE_ADDR + PAGESIZE},
    {"a write just behind the screen", write_byte, CONSOLE_ADDR + PAGESIZE},
    {"to run the screen", call_byte, CONSOLE_ADDR},
    {"a read of the BIOS", read_byte, 0xF0000},
    {"a write just before its range", write_byte, PROC_START_ADDR - 1},
    {"a read of the program images", read_byte, PROGRAMS_ADDR},
    {"a write to the program images", write_byte, PROGRAMS_ADDR},
    {"a write below its stack", write_byte, MEMSIZE_VIRTUAL - 17 * PAGESIZE - 1},
    {"a read behind its range", read_byte, MEMSIZE_VIRTUAL},
    {"a write behind its range", write_byte, MEMSIZE_VIRTUAL},
    {"a read at 1 GiB", read_byte, 0x4000'0000},
    {"a read of the interrupt controller", read_byte, 0xFEE0'0020},
    {"a write at the end of the lower half", write_byte, VA_LOWEND - 1},
    {"a read that is not canonical", read_byte, VA_LOWEND},
    {"a read of the upper half", read_byte, VA_HIGHMIN},
    {"a write to the upper half", write_byte, 0xFFFF'FFFF'8000'0000},
    {"a read of the last byte", read_byte, UINTPTR_MAX},
};
static_assert(arraysize(attempts) == 33);

void process_main() {
    for (auto& a : attempts) try_in_child(a);
    volatile uint16_t& cell = console[CPOS(24, 0)];
    cell = 0x0741;
    expect("a cell of the screen", 0x0741, cell);
    pass();
}
