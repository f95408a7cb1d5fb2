// p-fragments - pages lie anywhere, so a hole of one page is as good as any other
//
//    Parent and child take pages by turns: in physical memory they lie mixed. The child goes, and
//    the parent grows into the holes that it leaves.
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr int pages = 60;
static char* const heap = reinterpret_cast<char*>(0x110000);

static bool take_page(int n) {
    if (sys_page_alloc(heap + n * PAGESIZE) < 0) return false;
    heap[n * PAGESIZE] = 1;
    return true;
}

// How many pieces the first `count` pages are in, in physical memory
static int count_pieces(int count) {
    int pieces = 1;
    for (int n = 1; n < count; ++n) {
        pieces += page_of(heap + n * PAGESIZE) != page_of(heap + (n - 1) * PAGESIZE) + 1;
    }
    return pieces;
}

static void take_pages_by_turns() {
    for (int n = 0; n < pages; ++n) {
        if (!take_page(n)) panic("no memory");
        sys_yield();
    }
}

static void show_mixture() {
    say("Two processes have taken %d pages each, by turns.", pages);
    say("Each one's pages lie side by side in its memory, but not in physical memory.");
    compare("pieces that they are in there", pages, count_pieces(pages));
    say("With base and limit, neither could grow: %d KiB would have to be copied first.",
        4 * pages);
}

static void grow_into_holes() {
    say("One of them goes, and leaves %d holes of one page each. The other one grows.", pages);
    int count = pages;
    while (take_page(count)) ++count;
    compare("free pages left", 0, int64_t(memory_now().free));
    say("It has %d pages side by side, in %d pieces of physical memory.", count,
        count_pieces(count));
}

void process_main() {
    pid_t child = sys_fork();
    take_pages_by_turns();
    if (child == 0) {
        sys_sleep(7 * reading_time);
        sys_exit();
    }
    show_mixture();
    sys_wait(child);
    grow_into_holes();
}
