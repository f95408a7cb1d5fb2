/* A panic stops the process that panics, and no other */
#include "process.h"

void process_main(void) {
    pid_t child = sys_fork();
    if (child == 0) panic("process %d panics, as it should", sys_getpid());
    int status = 0;
    while (sys_waitpid(child, &status, W_NOHANG) == E_AGAIN) sys_yield();
    assert(status == STATUS_FAULTED);
}
