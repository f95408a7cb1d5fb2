/* JOS's page calls, on one's own memory */
#include "compat/jos.h"

void umain(int argc, char** argv) {
    (void) argc;
    (void) argv;
    int r = sys_page_alloc(0, UTEMP, PTE_P | PTE_U | PTE_W);
    if (r < 0)
        panic("sys_page_alloc: %d", r);
    *(int*) UTEMP = 61;
    sys_yield();
    assert(*(int*) UTEMP == 61);
    assert(sys_page_unmap(0, UTEMP) == 0);
    int pid = fork();
    if (pid == 0) {
        *(volatile int*) UTEMP = 1;     /* nothing is there any more */
        exit();
    }
    int status;
    assert(sys_waitpid(pid, &status, 0) == pid && status == STATUS_FAULTED);
    assert(sys_page_alloc(NPROC - 1, UTEMP, PTE_P) < 0 && ROUNDUP(PGSIZE + 1, PGSIZE) == 2 * PGSIZE);
    sys_env_destroy(0);
}
