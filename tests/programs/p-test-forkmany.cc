// p-test-forkmany - a thousand children, born and gone, leave nothing behind
//
//    Outside: `ok` from pid 1; 1,002 forks and 1,003 exits; the free count in the end is the one at
//    the start.
#include "u-test.hh"

void process_main() {
    unsigned available = available_pages();
    for (int i = 0; i < 1000; ++i) {
        pid_t child = sys_fork();
        expect("a child", child >= 0);
        if (child == 0) {
            expect("sys_page_alloc", 0, sys_page_alloc(page(unsigned(i) % 400)));
            sys_exit();
        }
        if (i % 7 != 0) sys_yield();    // so that now and then several are alive
    }
    yield_often();
    expect("the number of pages left", available, available_pages());
    pass();
}
