// p-cow - fork copies no page; the first write to a page that parent and child share copies it
//
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr int pages = 20;
static volatile char* heap;

static void write_as_child(int64_t parent_page) {
    check("child: its first page is the parent's", page_of(heap) == parent_page);
    memory_report before = memory_now();
    say("child: write to the first page. It is shared, so the child gets a copy.");
    heap[0] = 2;
    memory_report after = memory_now();
    compare("child: pages copied", 1,
            int64_t(after.faults[FAULT_COPY] - before.faults[FAULT_COPY]));
    compare("child: free pages taken", 1, int64_t(before.free - after.free));
    check("child: it reads what it wrote", heap[0] == 2);
    sys_exit();
}

void process_main() {
    heap = static_cast<volatile char*>(static_cast<void*>(sys_sbrk(pages * PAGESIZE)));
    for (int n = 0; n < pages; ++n) heap[n * PAGESIZE] = 1;
    say("%d pages of heap, then sys_fork: parent and child have the same pages.", pages);
    memory_report before = memory_now();
    int64_t first_page = page_of(heap);
    pid_t child = sys_fork();
    if (child == 0) write_as_child(first_page);
    sys_wait(child);

    check("parent: its page is unchanged", heap[0] == 1);
    say("parent: the child is gone. Write to all pages: all are used as they are.");
    before = memory_now();
    for (int n = 0; n < pages; ++n) heap[n * PAGESIZE] = 3;
    memory_report after = memory_now();
    compare("pages used as they are", pages,
            int64_t(after.faults[FAULT_REUSE] - before.faults[FAULT_REUSE]));
    compare("free pages taken", 0, int64_t(before.free - after.free));
    check("the first page is where it was", page_of(heap) == first_page);

    say("A child writes to its own text, which is nobody's to write: it is stopped.");
    child = sys_fork();
    if (child == 0) *reinterpret_cast<volatile char*>(process_main) = 0;
    int status = 0;
    sys_wait(child, &status);
    check("child stopped", status == STATUS_FAULTED);
}
