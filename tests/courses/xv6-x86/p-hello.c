/* xv6 on x86: printf with a file, wait and exit without a status */
#include "compat/xv6-x86.h"

int main(int argc, char* argv[]) {
    int pid = fork();
    if (pid == 0) {
        printf(1, "%s: child %d\n", argc > 0 ? argv[0] : "?", getpid());
        exit();
    }
    if (wait() != pid)
        printf(2, "wait: not the child\n");
    printf(1, "done\n");
    exit();
}
