/* As ENS's first programs: a page at an address of one's choice, app_printf, the end */
#include "lib.h"
#include "process.h"

void process_main(void) {
    int* page = (int*) 0x200000;
    int result = sys_page_alloc(page);
    if (result < 0) {
        app_printf(1, "no page: %d\n", result);
        sys_panic("no page");
    }
    for (int i = 0; i < 1024; ++i) page[i] = i * i;
    app_printf(2, "the last one is %d\n", page[1023]);
    assert(page[1023] == 1023 * 1023);
    assert(read_rsp() <= read_rbp() && rdtsc() > 0);
    sys_exit();
}
