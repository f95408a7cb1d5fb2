// p-overcommit - more memory is promised than there is; the first process to find none left is
// stopped, and no other
//
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr int pages = 450;

static void touch_all(volatile char* heap) {
    for (int n = 0; n < pages; ++n) heap[n * PAGESIZE] = 1;
}

void process_main() {
    uint64_t free = memory_now().free;
    say("There are fewer than 400 free pages. Is a heap of %d granted?", pages);
    auto heap = static_cast<volatile char*>(static_cast<void*>(sys_sbrk(pages * PAGESIZE)));
    if (is_error(reinterpret_cast<uintptr_t>(heap))) {
        say("No: sys_sbrk returns %ld, and nothing has changed.", reinterpret_cast<intptr_t>(heap));
        compare("free pages taken", 0, int64_t(free - memory_now().free));
        return;
    }
    say("Yes: it is a promise.");
    say("A child touches all of it.");
    pid_t child = sys_fork();
    if (child == 0) {
        touch_all(heap);
        sys_exit();
    }
    int status = 0;
    sys_wait(child, &status);
    check("child stopped", status == STATUS_FAULTED);
    heap[0] = 1;
    check("its memory is free again, so the parent gets a page", heap[0] == 1);
}
