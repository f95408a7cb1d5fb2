// 2024: an assertion that holds does nothing; one that fails ends that process alone
#include "u-lib.hh"

void process_main() {
    assert(true);
    assert(1 + 1 == 2, "arithmetic");
    assert_eq(61, 61L);
    assert_ne('a', 'b');
    assert_memeq("kinglet", "kinglet", 8);
    pid_t p = sys_fork();
    if (p == 0) {
        assert_eq(sys_getpid(), 0);
    }
    int status = 0;
    assert_eq(sys_wait(p, &status), p);
    assert_eq(status, STATUS_FAULTED);
}
