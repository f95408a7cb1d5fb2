// p-isolation - a process can do nothing to the kernel's memory, to others' memory, or to the
// processor
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
    int killed = sys_kill(child), status = 0;
    sys_wait(child, &status);
    check("the parent has run, and ended it", killed == 0 && status == STATUS_KILLED);
}

void process_main() {
    say("A process may use its own memory, and nothing else. Children try.");
    attempt("reads the kernel's memory",
            [] { read_byte(reinterpret_cast<void*>(KERNEL_START_ADDR)); });
    check("the kernel does not read it for a process either",
          sys_log(reinterpret_cast<const char*>(KERNEL_START_ADDR)) == E_FAULT);
    uintptr_t pa = PAGEADDRESS(page_of(&secret));
    attempt("writes to an address where nothing is",
            [] { *reinterpret_cast<volatile int*>(0x280000) = 0; });
    attempt("writes to where its parent's secret is in physical memory", [=] {
        *reinterpret_cast<volatile int*>(pa) = 0;
    });
    check("the secret is unchanged", secret == 61);
    attempt("stops the interrupts", [] { asm volatile("cli"); });
    run_without_end();
    say("None of them did any harm: this process goes on.");
}
