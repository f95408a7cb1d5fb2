// As Chickadee's test of sys_getppid, and of children whose parent is gone
#include "compat/chickadee.h"

void process_main() {
    pid_t self = sys_getpid();
    pid_t p = sys_fork();
    if (p == 0) {
        assert_eq(sys_getppid(), self);
        pid_t grandchild = sys_fork();
        if (grandchild == 0) {
            while (sys_getppid() != 0) {
                sys_yield();
            }
        }
        sys_exit(0);
    }
    assert_eq(sys_waitpid(p), p);
    assert_eq(sys_waitpid(0), E_CHILD);
    assert_ge(sys_random(), 0);
    sys_exit(0);
}
