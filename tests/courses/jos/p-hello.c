/* As JOS's hello */
#include "compat/jos.h"

void umain(int argc, char** argv) {
    (void) argc;
    (void) argv;
    cprintf("hello, world\n");
    cprintf("i am environment %08x\n", thisenv->env_id);
    assert(thisenv->env_id == sys_getenvid());
    sys_cputs("bye\n", 4);
}
