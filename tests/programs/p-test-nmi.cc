// p-test-nmi - system calls do what they should whatever comes in between
//
//    Outside: while this runs, inject non-maskable interrupts, one of them at the kernel's first
//    instruction of a call (break at `syscall_entry`); then expect `ok` from pid 1 and no fault.
#include "u-registers.hh"

void process_main() {
    fill_registers(0x0101'2323'4545'6767);
    for (int i = 0; i < 50'000; ++i) {
        expect("sys_getpid", 1, make_syscall_with_registers(SYSCALL_GETPID));
        if (i % 1000 == 0) sys_page_alloc(page(unsigned(i) / 1000 % 50));
    }
    pass();
}
