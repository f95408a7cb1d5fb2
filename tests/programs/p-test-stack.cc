// p-test-stack - a process may set its stack pointer to nonsense: the kernel does not care, and
// gives it back
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

// Make a call with `rsp` as given. Returns the result; `rsp` becomes what the stack pointer was
// afterwards.
static int64_t call_with_stack(uint64_t number, uintptr_t& rsp) {
    asm volatile("movq %%rsp, %%r12; movq %1, %%rsp; syscall; movq %%rsp, %1; movq %%r12, %%rsp"
                 : "+a"(number), "+r"(rsp) : : "rcx", "r11", "r12", "cc", "memory");
    return int64_t(number);
}

// Wait, with `rsp` as given and without a call, until another process has changed the first shared
// word. That lies in the screen's memory, which is slow: look at it now and then.
static void wait_with_stack(uintptr_t& rsp) {
    asm volatile("movq %%rsp, %%r12; movq %0, %%rsp; 1: movl $1000, %%ecx; 2: loop 2b; cmpq $0, "
                 "0xB8FA8; je 1b;"
                 "movq %%rsp, %0; movq %%r12, %%rsp" : "+r"(rsp) : : "rcx", "r12", "cc", "memory");
}

void process_main() {
    constexpr uintptr_t stacks[] = {0,
                                    1,
                                    8,
                                    0x1000,
                                    KERNEL_START_ADDR,
                                    0x50007,
                                    KERNEL_LIMIT_ADDR,
                                    CONSOLE_ADDR,
                                    PROC_START_ADDR,
                                    0x200000,
                                    MEMSIZE_VIRTUAL,
                                    MEMSIZE_VIRTUAL + 8,
                                    VA_LOWEND - 1,
                                    VA_LOWEND,
                                    0x1234'5678'9ABC'DEF0,
                                    VA_HIGHMIN,
                                    UINTPTR_MAX};
    pid_t self = sys_getpid();
    for (uintptr_t stack : stacks) {
        uintptr_t rsp = stack;
        expect("sys_getpid", self, call_with_stack(SYSCALL_GETPID, rsp));
        expect("rsp", int64_t(stack), int64_t(rsp));
        expect("sys_yield", 0, call_with_stack(SYSCALL_YIELD, rsp));
        expect("rsp", int64_t(stack), int64_t(rsp));
        expect("an unknown call", E_NOSYS, call_with_stack(NSYSCALL, rsp));

        shared_words[0] = 0;
        if (sys_fork() == 0) {
            shared_words[0] = 1;
            sys_exit();
        }
        wait_with_stack(rsp);
        expect("rsp", int64_t(stack), int64_t(rsp));
    }
    pass();
}
