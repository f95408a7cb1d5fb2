// p-exit - processes that are born and die without end, growing in between
//
//    The first one and some of its descendants keep forking; the others allocate, fork, write to
//    pages they own, and sooner or later exit. None of them looks how much memory there is: a call
//    says that it has run out.
#include "u-lib.hh"

uint8_t* heap_bottom;
uint8_t* heap_top;
uint8_t page_marks[512];                // what was written last to each page of the heap

// Fork until this process is to grow. After a fork, parent and child draw the same `choice`: the
// child forks on while the parent exits (0) or grows (1), or the child grows while the parent forks
// on (2).
static void become_grower() {
    for (;;) {
        if (rand(0, 1) == 0) {
            sys_yield();
            continue;
        }
        pid_t child = sys_fork();
        int choice = rand(0, 2);
        if (choice == 0 && child > 0) sys_exit();
        if (choice == 1 && child > 0) return;
        if (choice == 2 && child == 0) return;
    }
}

static void mark_page(size_t n, uint8_t mark) {
    volatile uint8_t& first = heap_bottom[n * PAGESIZE];
    assert_eq(first, page_marks[n]);
    first = page_marks[n] = mark;
    assert_eq(first, mark);
}

static bool add_page(uint8_t mark) {
    if (sys_page_alloc(heap_top) < 0) return false;
    auto words = reinterpret_cast<uint64_t*>(heap_top);
    for (int i = 0; i < PAGESIZE / 8; ++i) assert_eq(words[i], 0U);
    size_t n = size_t(heap_top - heap_bottom) / PAGESIZE;
    page_marks[n] = 0;
    mark_page(n, mark);
    console[CPOS(24, 79)] = mark;
    heap_top += PAGESIZE;
    return true;
}

static void grow() {
    pid_t self = sys_getpid();
    int speed = rand(1, 6);
    int room = 0;                       // counts down while there is no memory
    auto stack_page = reinterpret_cast<uint8_t*>(round_down(rdrsp() - 1, PAGESIZE));
    while (heap_top != stack_page) {
        int pages = int((heap_top - heap_bottom) / PAGESIZE);
        if (rand(0, 6) > speed) {
            if (pages > 0) mark_page(size_t(rand(0, pages - 1)), uint8_t(self));
            sys_yield();
            continue;
        }
        int x = rand(0, 7 + min(pages / 4, 10));
        if (x < 2) {
            if (sys_fork() == 0) {
                assert_ne(sys_getpid(), self);
                self = sys_getpid();
                srand(unsigned(self + pages * NPROC));
                speed = rand(1, 6);
            }
        } else if (x < 3) {
            sys_exit();
        } else if (add_page(uint8_t(self))) {
            room = pages;
        } else if ((room -= 4) < 0) {
            sys_exit();
        }
        sys_yield();
    }
}

void process_main() {
    console_printf(CPOS(23, 0), COLOR_SUCCESS,
                   "Processes fork, grow and exit, for ever. Each has a digit or a letter;\n"
                   "when it exits, its pages are free for others.");
    for (uint8_t mark : page_marks) assert_eq(mark, 0);
    heap_bottom = heap_top = reinterpret_cast<uint8_t*>(
        round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    become_grower();
    grow();
    while (rand(0, 1) == 0) sys_yield();
    sys_exit();
}
