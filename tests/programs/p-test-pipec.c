/* p-test-pipec - a program in C uses a pipe by the names that POSIX has */
#include "u-lib.h"

static char buffer[100];

static void expect(const char* what, long expected, long found) {
    if (expected == found) return;
    snprintf(buffer, sizeof(buffer), "not ok: expected %s = %ld, found %ld", what, expected, found);
    sys_log(buffer);
    exit(1);
}

int main(void) {
    int fds[2];
    expect("a pipe", 0, pipe(fds));
    expect("its other name", STDOUT_FILENO, dup2(fds[1], STDOUT_FILENO));
    expect("written", 5, write(STDOUT_FILENO, "\x1B[31m", 5));
    expect("read", 5, read(fds[0], buffer, sizeof(buffer)));
    expect("as it was written", 0, memcmp(buffer, "\x1B[31m", 5));
    printf("a number: %d\n", 61);
    expect("what was printed", 13, read(fds[0], buffer, sizeof(buffer)));
    expect("as it was printed", 0, memcmp(buffer, "a number: 61\n", 13));
    expect("closed", 0, close(fds[0]));
    expect("not open", E_BADF, close(fds[0]));
    expect("nobody reads", E_PIPE, write(STDOUT_FILENO, "x", 1));
    sys_log("ok");
    return 0;
}
