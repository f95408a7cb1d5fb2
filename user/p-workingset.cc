// p-workingset - of all its pages, a process uses a few at a time; the processor notes which
//
//    The kernel clears those notes every half second.
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr int pages = 16, used = 4;
static auto heap = reinterpret_cast<volatile char*>(0x180000);

static int count_pages(uint64_t bit) {
    int count = 0;
    for (int n = 0; n < pages; ++n) {
        memory_mapping found = {};
        sys_mapping(const_cast<const char*>(heap + n * PAGESIZE), &found);
        count += (found.perm & bit) != 0;
    }
    return count;
}

// Touch the first pages of each half: they are read in the first half, written to in the second.
static void touch(int pages_of_half) {
    for (int n = 0; n < pages_of_half; ++n) {
        heap[(pages / 2 + n) * PAGESIZE] = char(heap[n * PAGESIZE] + 1);
    }
}

void process_main() {
    for (int n = 0; n < pages; ++n) sys_page_alloc(const_cast<char*>(heap + n * PAGESIZE));
    touch(pages / 2);
    say("%d pages; 8 have been read and 8 have been written to.", pages);
    compare("pages touched in this half second", 0, count_pages(PTE_A));
    compare("pages written to since they are there", pages / 2, count_pages(PTE_D));
    say("Now it works with the first %d of each half only.", used);
    for (int i = 0; i < 10; ++i) {
        sys_sleep(100);
        touch(used);
    }
    compare("pages touched in this half second", 2 * used, count_pages(PTE_A));
    for (;;) {
        sys_sleep(100);
        touch(used);
    }
}
