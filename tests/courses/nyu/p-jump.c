/* setjmp, longjmp, and assert that ends one process */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>
#include "u-lib.h"

static jmp_buf place;

static void leave(int value) { longjmp(place, value); }

static void deeper(int n) {
    if (n < 0) return;
    if (n == 0) leave(61);
    deeper(n - 1);
}

int main(void) {
    volatile int times = 0;
    int value = setjmp(place);
    times = times + 1;
    if (value == 0) deeper(20);
    assert(value == 61 && times == 2);
    if (setjmp(place) == 0) longjmp(place, 0);
    pid_t child = sys_fork();
    if (child == 0) assert(!"reached");
    int status = 0;
    assert(sys_waitpid(child, &status, 0) == child && status == STATUS_FAULTED);
    return EXIT_SUCCESS;
}
