/* u-setjmp.h - leaving a function for one that called it: the C library's <setjmp.h>, for programs
   in C++ and in C */
#ifndef KINGLET_U_SETJMP_H
#define KINGLET_U_SETJMP_H

/* The registers that a function keeps for its caller: rbx, rbp, r12 to r15, rsp, and where it
   returns to */
typedef unsigned long jmp_buf[8];

#ifdef __cplusplus
extern "C" {
#endif
/* setjmp(place), longjmp(place, value)
      `setjmp` notes where it is, and returns 0. `longjmp` makes it return once more, with `value`,
      or with 1 if that is 0. The function that called `setjmp` must not have returned meanwhile. */
int setjmp(jmp_buf place) __attribute__((returns_twice));
void longjmp(jmp_buf place, int value) __attribute__((noreturn));
#ifdef __cplusplus
}
#endif
#endif
