/* As WeensyOS in C has it: three forks, and what they return */
#include "process.h"
#include "lib.h"

extern char end[];

void process_main(void) {
    pid_t first = sys_getpid();
    pid_t p1 = sys_fork();
    assert(p1 >= 0);
    pid_t second = sys_getpid();
    assert((p1 == 0) == (second != first));
    pid_t p2 = sys_fork();
    assert(p2 >= 0);
    assert((p2 == 0) == (sys_getpid() != second));
    char* page = ROUNDUP((char*) end, PAGESIZE);
    assert(sys_page_alloc(page) == 0 && page[100] == 0);
    page[100] = (char) sys_getpid();
    sys_yield();
    assert(page[100] == (char) sys_getpid());
    if (p2 > 0) sys_wait(p2, 0);
    if (p1 > 0) sys_wait(p1, 0);
    sys_exit();
}
