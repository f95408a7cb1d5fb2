/* u-mman.h - mapped memory by its names in POSIX's <sys/mman.h>, for programs in C++ and in C

      They are the calls of u-mman.hh, which says what each does. Where POSIX says -1, these return
      the error number, which is negative, but for `mmap`, which returns `MAP_FAILED`. */
#ifndef KINGLET_U_MMAN_H
#define KINGLET_U_MMAN_H
#include "u-unistd.h"

#ifdef __cplusplus
#include "abi.hh"
extern "C" {
#else
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20 };
enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
enum { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED };
#endif
#define MAP_ANON MAP_ANONYMOUS
#define MAP_FAILED ((void*) -1)

void* mmap(void* address, size_t size, int permissions, int flags, int fd, off_t offset);
int munmap(void* address, size_t size);
int msync(void* address, size_t size, int flags);
int mincore(void* address, size_t size, unsigned char* residents);
int madvise(void* address, size_t size, int advice);
int mprotect(void* address, size_t size, int permissions);
#ifdef __cplusplus
}
#endif
#endif
