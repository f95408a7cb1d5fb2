// kernel.hh - the kernel's story: what `entry.S` calls, and in which order
#ifndef KINGLET_KERNEL_HH
#define KINGLET_KERNEL_HH
#include "boot_info.hh"
#include "process/process.hh"

extern "C" {

// kernel_init(boot)
//    Bring up the machine: processor, pages, page table, screen, interrupts. Returns what the
//    person who started it wants to run: "allocators", or the name of a program.
const char* kernel_init(const boot_info& boot);

// kernel_start(command)
//    Start the processes that `command` asks for, and run them.
[[noreturn]] void kernel_start(const char* command);

// syscall(regs)
//    The current process made a system call: `rax` holds its number, and gets its result.
[[noreturn]] void syscall(regstate& regs);

// exception(regs)
//    Something else took the CPU from the current process: an interrupt, or a fault of its own.
[[noreturn]] void exception(regstate& regs);

// kernel_exception(regs)
//    The kernel itself was interrupted: where it lets interrupts in, or by a non-maskable one. Any
//    other exception is a panic.
void kernel_exception(regstate& regs);

// exception_return(p)
//    Leave the kernel for this process, with its page table and its registers.
[[noreturn]] void exception_return(const proc* p);

extern const uint8_t interrupt_entries[], syscall_entry[];
}

// schedule()
//    Run the process whose turn it is, or wait until there is one.
[[noreturn]] void schedule();

// run(p)
//    Run `p`, which is runnable, until something brings the kernel back.
[[noreturn]] void run(proc* p);

#endif
