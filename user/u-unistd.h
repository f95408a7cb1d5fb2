/* u-unistd.h - system calls by their names in POSIX's <unistd.h>, for programs in C++ and in C

      They are those of u-lib.hh. Where POSIX says -1, these return the error number, which is
      negative. */
#ifndef KINGLET_U_UNISTD_H
#define KINGLET_U_UNISTD_H
#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
typedef long ssize_t;
typedef long off_t;

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#ifdef __cplusplus
extern "C" {
#endif
pid_t fork(void);
pid_t getpid(void);
pid_t getppid(void);
void _exit(int status) __attribute__((noreturn));
unsigned sleep(unsigned seconds);
int usleep(unsigned microseconds);

/* brk(end), sbrk(delta)
      Set the end of the heap, 0 if it could be done; move it by `delta` bytes, giving the old end.
      */
int brk(void* end);
void* sbrk(intptr_t delta);

/* write(file, text, size)
      Print to the screen at its cursor. Returns `size`; or `E_BADF` if `file` is neither 1 nor 2.
      */
ssize_t write(int file, const void* text, size_t size);
#ifdef __cplusplus
}
#endif
#endif
