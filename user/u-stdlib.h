/* u-stdlib.h - memory, numbers, sorting, and an end: the C library's <stdlib.h>, for programs in
   C++ and in C

      Each does what the C standard says. */
#ifndef KINGLET_U_STDLIB_H
#define KINGLET_U_STDLIB_H
#include <stddef.h>
#ifdef __cplusplus
#include "random.hh"
#include "string.hh"
#define ENDS [[noreturn]]
extern "C" {
#else
#define RAND_MAX 2147483647
#define ENDS _Noreturn
int rand(void);
void srand(unsigned seed);
long strtol(const char* s, char** end, int base);
unsigned long strtoul(const char* s, char** end, int base);
#endif

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/* malloc(size), calloc(count, size), realloc(block, size), free(block)
      Blocks of the heap, each a multiple of 16 bytes at a multiple of 16; the heap grows by
      `sys_sbrk` and never shrinks. Null if there is no memory; `realloc` then has changed nothing.
      A block that was not allocated, or is free already, must not be freed; if `free` notices, it
      panics. */
void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void* realloc(void* memory, size_t size);
void free(void* memory);

/* exit(status), abort()
      `exit` ends this process; `abort` ends it as one that panicked. */
ENDS void exit(int status);
ENDS void abort(void);

/* qsort(items, count, size, compare), bsearch(key, items, count, size, compare)
      In place, in about count * log2(count) steps whatever the order was; equal items may change
      places. */
void qsort(void* items, size_t count, size_t size, int (*compare)(const void*, const void*));
void* bsearch(const void* key, const void* items, size_t count, size_t size,
              int (*compare)(const void*, const void*));

int atoi(const char* s);
long atol(const char* s);
long long atoll(const char* s);
long long strtoll(const char* s, char** rest, int base);
unsigned long long strtoull(const char* s, char** rest, int base);
int abs(int x);
long labs(long x);
long long llabs(long long x);

#undef ENDS
#ifdef __cplusplus
}
#endif
#endif
