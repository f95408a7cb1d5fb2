// CS300: fork until there is no slot; each pid is below MAXNPROC, and no child is left in the end
#include "u-lib.hh"

void process_main() {
    int children = 0;
    pid_t p;
    while ((p = sys_fork()) > 0) {
        assert(p < MAXNPROC);
        ++children;
    }
    if (p == 0) {
        for (int i = 0; i < 50; ++i) {
            sys_yield();
        }
        sys_exit();
    }
    assert(p == E_AGAIN || p == E_NOMEM);
    assert_gt(children, 10);
    while (sys_wait() > 0) {
        --children;
    }
    assert_eq(children, 0);
}
