/* As xv6's forktest: many children that end at once, and a wait for each of them, and for none more */
#include "compat/xv6.h"

#define N 30

int main(void) {
    int n, pid;
    for (n = 0; n < N; n++) {
        pid = fork();
        if (pid < 0)
            break;
        if (pid == 0)
            exit(0);
    }
    for (; n > 0; n--) {
        if (wait(0) < 0) {
            printf("wait stopped early\n");
            exit(1);
        }
    }
    if (wait(0) != -1) {
        printf("wait got too many\n");
        exit(1);
    }
    printf("fork test OK\n");
    exit(0);
}
