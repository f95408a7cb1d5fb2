/* pintos.h - for a program of Pintos (Stanford): this instead of lib/user/syscall.h and stdio.h

      There are no files. `exec` starts a child that runs a program with the words of a line. */
#ifndef KINGLET_COMPAT_PINTOS_H
#define KINGLET_COMPAT_PINTOS_H
#include "../u-lib.h"

#define PID_ERROR ((pid_t) -1)

static inline void halt(void) { sys_exit(0); }

static inline pid_t pintos_exec(const char* line) {
    char words[128];
    const char* arguments[33];
    int count = 0;
    if (strlcpy(words, line, sizeof(words)) >= sizeof(words)) return PID_ERROR;
    for (char* word = strtok(words, " "); word && count < 32; word = strtok(0, " ")) {
        arguments[count++] = word;
    }
    arguments[count] = 0;
    if (count == 0) return PID_ERROR;
    pid_t child = sys_fork();
    if (child == 0) {
        sys_execv(arguments[0], arguments);
        sys_exit(255);
    }
    return child < 0 ? PID_ERROR : child;
}

/* The child's status; -1 if there is no such child, or it was stopped, or could not be started */
static inline int pintos_wait(pid_t child) {
    int status;
    return sys_waitpid(child, &status, 0) < 0 || status >= 255 ? -1 : status;
}

#define exec pintos_exec
#define wait pintos_wait
#endif
