/* As JOS's forktree: a tree of depth 3 */
#include "compat/jos.h"

#define DEPTH 3

static void forktree(const char* cur);

static void forkchild(const char* cur, char branch) {
    char nxt[DEPTH + 1];
    if (strlen(cur) >= DEPTH)
        return;
    snprintf(nxt, DEPTH + 1, "%s%c", cur, branch);
    int child = fork();
    if (child < 0)
        panic("fork: %d", child);
    if (child == 0) {
        forktree(nxt);
        exit();
    }
    wait(child);
}

static void forktree(const char* cur) {
    cprintf("%04x: I am '%s'\n", sys_getenvid(), cur);
    forkchild(cur, '0');
    forkchild(cur, '1');
}

void umain(int argc, char** argv) {
    (void) argc;
    (void) argv;
    forktree("");
}
