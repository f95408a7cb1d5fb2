// p-stack - a stack grows by being touched, down to its guard
//
//    Boot words: pace=0
#include "u-lecture.hh"

// A function whose frame fills most of a page calls itself `depth` times. Returns the address of
// the last frame.
[[gnu::noinline]] static uintptr_t descend(int depth) {
    char frame[PAGESIZE - 96];
    frame[0] = 1;
    clobber_memory(frame);
    uintptr_t last = depth == 0 ? rdrsp() : descend(depth - 1);
    clobber_memory(frame);              // keeps the frame until here: no tail call
    return last;
}

static void descend_and_compare(int depth) {
    uint64_t before = memory_now().faults[FAULT_STACK];
    auto last_page = int64_t(PAGENUMBER(descend(depth)));
    compare("new pages of stack", int64_t(PAGENUMBER(rdrsp())) - last_page,
            int64_t(memory_now().faults[FAULT_STACK] - before));
}

void process_main() {
    say("The stack is one page, at the end of memory. Below it is a promise of more.");
    say("A function with nearly a page of variables calls itself 5 times.");
    descend_and_compare(5);

    say("Again: the pages are there, so no fault.");
    uint64_t before = memory_now().faults[FAULT_STACK];
    descend(5);
    compare("new pages of stack", 0, int64_t(memory_now().faults[FAULT_STACK] - before));

    say("A child calls itself without end, past the limit, into the guard.");
    pid_t child = sys_fork();
    if (child == 0) descend(INT32_MAX);
    int status = 0;
    sys_wait(child, &status);
    check("child stopped", status == STATUS_FAULTED);
    say("Its parent goes on.");
}
