// p-lazy - a heap is a promise: its pages come when they are touched
//
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr int pages = 100;

void process_main() {
    memory_report start = memory_now();
    say("sys_sbrk: a heap of %d pages. Nothing but a promise: P in the picture.", pages);
    auto heap = static_cast<volatile char*>(static_cast<void*>(sys_sbrk(pages * PAGESIZE)));
    memory_report promised = memory_now();
    compare("pages promised", pages, int64_t(promised.promised - start.promised));
    compare("free pages taken", 0, int64_t(start.free - promised.free));

    say("Read ten of them: all are one page of zeros, which is nobody's.");
    int sum = 0;
    for (int n = 0; n < 10; ++n) sum += heap[n * PAGESIZE];
    memory_report read = memory_now();
    compare("their sum", 0, sum);
    compare("free pages taken", 0, int64_t(promised.free - read.free));
    check("the first and the tenth are the same physical page",
          page_of(heap) == page_of(heap + 9 * PAGESIZE));

    say("Write to every tenth: each becomes a page, by one fault.");
    for (int n = 0; n < pages; n += 10) heap[n * PAGESIZE] = 1;
    memory_report written = memory_now();
    compare("free pages taken", pages / 10, int64_t(read.free - written.free));
    compare("faults that brought a page", pages / 10,
            int64_t(written.faults[FAULT_HEAP] - read.faults[FAULT_HEAP]));
    check("between them there is nothing but zeros", heap[5 * PAGESIZE] == 0);

    say("sys_sbrk: give it all back.");
    sys_sbrk(-pages * PAGESIZE);
    compare("free pages taken since the start", 0, int64_t(start.free - memory_now().free));
}
