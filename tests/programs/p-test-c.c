/* p-test-c - a program may be in C

      Outside: `ok` from pid 1; no fault. */
#include "u-lib.h"

extern char end[];
static volatile unsigned __int128 large = (unsigned __int128) 61 << 80;

static void expect(const char* what, long expected, long found) {
    if (expected == found) return;
    char text[100];
    snprintf(text, sizeof(text), "not ok: expected %s = %ld, found %ld", what, expected, found);
    sys_log(text);
    sys_exit(1);
}

void process_main(void) {
    int status = 0;
    pid_t child = sys_fork();
    if (child == 0) sys_exit(61);
    expect("the child", child, sys_wait(child, &status));
    expect("its status", 61, status);
    char* page = (char*) (((uintptr_t) end + PAGESIZE - 1) & ~(uintptr_t) (PAGESIZE - 1));
    expect("sys_page_alloc", 0, sys_page_alloc(page));
    snprintf(page, PAGESIZE, "%s", "king");
    expect("strcmp", 0, strcmp(page, "king"));
    expect("128-bit division", 61, (long) (large / ((unsigned __int128) 1 << 80)));
    sys_log("ok");
}
