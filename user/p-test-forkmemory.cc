// p-test-forkmemory - fork with too little memory fails, at whatever point it runs out, and gives everything back
//
//    Outside: `ok` from pid 1; no fault; the free count in the end is the one at the start.
#include "u-test.hh"

enum { done = 1 };

static void check_pages(unsigned pages) {
    for (unsigned i = 0; i < pages; ++i) expect("a page's word", i + 1, int64_t(*page(i)));
}

// A process of so many pages forks: there is a child, or there is not and nothing has changed.
[[noreturn]] static void grow_and_fork(unsigned pages) {
    for (unsigned i = 0; i < pages; ++i) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(i)));
        *page(i) = i + 1;
    }
    pid_t child = sys_fork();
    if (child == 0) sys_exit();
    if (child < 0) {
        expect("fork without memory", E_NOMEM, child);
        for (int i = 0; i < 20; ++i) expect("fork again", E_NOMEM, sys_fork());
    }
    check_pages(pages);
    shared_words[done] = child < 0 ? 2 : 1;
    sys_exit();
}

static bool fork_works_at(unsigned pages) {
    shared_words[done] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) grow_and_fork(pages);
    while (shared_words[done] == 0) sys_yield();
    yield_often();
    return shared_words[done] == 1;
}

void process_main() {
    unsigned available = available_pages();
    unsigned middle = available / 2;
    expect("fork to work while there is room", fork_works_at(middle - 20));
    for (unsigned pages = middle - 16; pages < middle + 8; ++pages) fork_works_at(pages);
    for (unsigned room = 1; room < 12; ++room) expect("fork to fail", !fork_works_at(available - room));
    expect("the number of pages left", available, available_pages());
    pass();
}
