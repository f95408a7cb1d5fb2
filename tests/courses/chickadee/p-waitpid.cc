// As Chickadee's test of sys_waitpid
#include "compat/chickadee.h"

void process_main() {
    assert_eq(sys_waitpid(0), E_CHILD);
    pid_t p = sys_fork();
    if (p == 0) {
        sys_msleep(30);
        sys_exit(61);
    }
    int status = 0;
    assert_eq(sys_waitpid(p, &status, W_NOHANG), E_AGAIN);
    assert_eq(sys_waitpid(p + 1, &status), E_CHILD);
    assert_eq(sys_waitpid(p, &status), p);
    assert_eq(status, 61);
    assert_eq(sys_waitpid(p, &status), E_CHILD);
    sys_exit(0);
}
