/* xv6's clock, kill and statuses */
#include "compat/xv6.h"

int main(void) {
    int t0 = uptime();
    sleep(2);
    if (uptime() - t0 < 2) exit(1);
    int pid = fork();
    if (pid == 0) for (;;) pause(1);
    if (kill(pid) != 0 || kill(pid) != -1) exit(2);
    int status;
    if (wait(&status) != pid || status == 0) exit(3);
    pid = fork();
    if (pid == 0) exit(7);
    if (wait(&status) != pid || status != 7) exit(4);
    exit(0);
}
