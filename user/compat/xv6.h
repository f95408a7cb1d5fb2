/* xv6.h - for a program of xv6 (MIT), as its RISC-V version has them: this instead of its own
   headers

      There are no files: what `open`, `read`, `pipe` and the like are for is not there. */
#ifndef KINGLET_COMPAT_XV6_H
#define KINGLET_COMPAT_XV6_H
#include "../u-lib.h"

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long uint64;

#define XV6_TICK 100                    /* milliseconds */
#define SBRK_ERROR ((char*) -1)

/* An error is -1 there. */
static inline int xv6_result(long result) { return result < 0 ? -1 : (int) result; }
static inline int xv6_fork(void) { return xv6_result(fork()); }
static inline int xv6_wait(int* status) { return xv6_result(sys_waitpid(0, status, 0)); }
static inline int xv6_kill(int pid) { return xv6_result(sys_kill(pid)); }
static inline int xv6_exec(const char* name, char** arguments) {
    return xv6_result(sys_execv(name, (const char* const*) arguments));
}
static inline char* xv6_sbrk(int delta) {
    char* old_end = (char*) sbrk(delta);
    return is_error((uintptr_t) old_end) ? SBRK_ERROR : old_end;
}
static inline int xv6_sleep(int ticks) { return sys_sleep((uint64_t) ticks * XV6_TICK); }
static inline int xv6_uptime(void) { return (int) (sys_uptime() / XV6_TICK); }

#define fork xv6_fork
#define wait xv6_wait
#define kill xv6_kill
#define exec xv6_exec
#define sbrk xv6_sbrk
#define sbrklazy xv6_sbrk
#define sleep xv6_sleep
#define pause xv6_sleep
#define uptime xv6_uptime
#define fprintf dprintf
#endif
