// A program may say what type of array `end` is
#include "u-lib.hh"

extern char end[];

void process_main() {
    char* page = (char*) round_up((uintptr_t) end, PAGESIZE);
    assert_eq(sys_page_alloc(page), 0);
    *page = 'x';
}
