// As Chickadee's test of sys_msleep: sleepers wake in the order of their times
#include "compat/chickadee.h"

void process_main() {
    sys_kdisplay(KDISPLAY_NONE);
    int64_t start = sys_uptime();
    pid_t children[4];
    for (int i = 0; i < 4; ++i) {
        children[i] = sys_fork();
        assert_ge(children[i], 0);
        if (children[i] == 0) {
            sys_msleep(40 * (4 - i));
            sys_exit(i);
        }
    }
    for (int i = 3; i >= 0; --i) {
        int status;
        assert_eq(sys_waitpid(0, &status), children[i]);
        assert_eq(status, i);
    }
    assert_ge(sys_uptime() - start, 140);
    sys_pause();
    sys_exit(0);
}
