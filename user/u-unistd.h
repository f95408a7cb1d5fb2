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

/* read(file, buffer, size), write(file, text, size)
      1 and 2 are the screen, where text is printed at its cursor, unless they were made something
      else. Both return how many bytes, or an error. */
ssize_t read(int file, void* buffer, size_t size);
ssize_t write(int file, const void* text, size_t size);

/* pipe(files), close(file), dup2(file, to)
      `pipe` makes a pipe, which is read from `files[0]` and written to at `files[1]`. */
int pipe(int files[2]);
int close(int file);
int dup2(int file, int to);
#ifdef __cplusplus
}
#endif
#endif
