// p-isolation - what a process does to the kernel's memory, to others' memory, to the processor: nothing
//
//    Boot words: pace=0
#include "u-attempt.hh"

static int secret = 61;

static void run_without_end() {
    say("A child runs without end. The timer takes the processor from it.");
    pid_t child = sys_fork();
    if (child == 0) {
        for (;;) {}
    }
    sys_sleep(100);
    compare("the parent runs, and ends it", 0, sys_kill(child));
    int status = 0;
    sys_wait(child, &status);
    compare("its status: killed", STATUS_KILLED, status);
}

void process_main() {
    attempt("reads the kernel's memory", [] { read_byte(reinterpret_cast<void*>(KERNEL_START_ADDR)); });
    say("The kernel does not read it for a process either.");
    compare("sys_log", E_FAULT, sys_log(reinterpret_cast<const char*>(KERNEL_START_ADDR)));
    uintptr_t pa = PAGEADDRESS(page_of(&secret));
    attempt("writes to an address where nothing is", [] { *reinterpret_cast<volatile int*>(0x280000) = 0; });
    attempt("writes to where its parent's secret is in physical memory", [=] {
        *reinterpret_cast<volatile int*>(pa) = 0;
    });
    compare("the secret", 61, secret);
    attempt("stops the interrupts", [] { asm volatile("cli"); });
    run_without_end();
}
