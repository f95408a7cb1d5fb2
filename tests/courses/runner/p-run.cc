// Runs the other courses' programs, one after the other: those that come to an end. Each in a child, whose end is logged.
#include "u-lib.hh"

static const char* const names[] = {
    "chickadee-echo", "chickadee-msleep", "chickadee-ppid", "chickadee-waitpid", "cs300-2026-slots", "cs61-2018-colors",
    "cs61-2019-checksum", "cs61-2019-printfmt", "cs61-2020-rounding", "cs61-2020-strings", "cs61-2021-fromchars",
    "cs61-2021-placement", "cs61-2022-console", "cs61-2022-pages", "cs61-2023-attributes", "cs61-2023-children",
    "cs61-2024-asserts", "cs61-2025-colors", "cs61-2025-numbers", "ens-main", "ens-panic", "headers-after",
    "headers-before", "headers-endchar", "headers-order", "jos-forktree", "jos-hello", "jos-pages", "nyu-fork",
    "nyu-jump", "nyu-library", "pintos-args", "pintos-halt", "xv6-echo", "xv6-forktest", "xv6-memory", "xv6-time",
    "xv6-x86-hello", "yale-brk", "yale-malloc"
};

void process_main() {
    for (const char* name : names) {
        pid_t child = sys_spawn(name);
        int status = -1;
        if (child > 0) sys_wait(child, &status);
        log_printf("%s: spawned %d, status %d", name, child, status);
        while (sys_wait() > 0) {}
        sys_msleep(10);                 // its children's children may have something to do yet
    }
}
