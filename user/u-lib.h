/* u-lib.h - what a program in C includes: system calls, printing, the C library

      A program is one file, `user/p-NAME.c`, with a function `process_main()` or `main()`. What
      each call does, and each error, stands in u-lib.hh, which is the same for C++; here are the
      names. */
#ifndef KINGLET_U_LIB_H
#define KINGLET_U_LIB_H
#ifdef __cplusplus
#include "process.hh"
#else
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "layout.h"
#include "u-assert.h"
#include "u-setjmp.h"
#include "u-stdio.h"
#include "u-stdlib.h"
#include "u-string.h"
#include "u-unistd.h"
#include "x86-64.h"

#ifndef PROGRAM_DECLARES_END
extern uint8_t end[];
#endif

/* Processes, and how they end */
#define NPROC 36
#define PID_MAX NPROC
#define MAXNPROC NPROC
#define HZ 100
#define STATUS_FAULTED 256
#define STATUS_KILLED 257
#define W_NOHANG 1

enum {
    E_PERM = -1, E_NOENT = -2, E_SRCH = -3, E_IO = -5, E_2BIG = -7, E_NOEXEC = -8, E_BADF = -9,
    E_CHILD = -10, E_AGAIN = -11, E_NOMEM = -12, E_ACCES = -13, E_FAULT = -14, E_BUSY = -16,
    E_EXIST = -17, E_NODEV = -19, E_OVERFLOW = -75,
    E_INVAL = -22, E_NFILE = -23, E_MFILE = -24, E_FBIG = -27, E_NOSPC = -28, E_SPIPE = -29,
    E_ROFS = -30, E_PIPE = -32, E_RANGE = -34,
    E_NAMETOOLONG = -36, E_NOSYS = -38, E_MINERROR = -4095
};
static inline bool is_error(uint64_t result) { return result >= (uint64_t) (int64_t) E_MINERROR; }

/* What `sys_mapping` tells of a page: `pa` is (uint64_t) -1 and `perm` 0 if it is not present. */
typedef struct memory_mapping {
    uint64_t pa;
    uint64_t perm;
} memory_mapping;
#define PTE_P 1
#define PTE_W 2
#define PTE_U 4
#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4

/* System calls. `sys_exit` takes a status, or nothing: 0. */
pid_t sys_getpid(void);
pid_t sys_getppid(void);
void sys_yield(void);
int sys_page_alloc(void* address);
int sys_page_free(void* address);
void* sys_sbrk(intptr_t delta);
int sys_brk(void* new_end);
int sys_mprotect(void* address, size_t size, int permissions);
int sys_mapping(const void* address, memory_mapping* mapping);
pid_t sys_fork(void);
pid_t sys_spawn(const char* name);
int sys_execv(const char* name, const char* const* arguments);
pid_t sys_wait(pid_t pid, int* status);
pid_t sys_waitpid(pid_t pid, int* status, int options);
int sys_kill(pid_t pid);
int sys_sleep(uint64_t milliseconds);
int sys_msleep(unsigned milliseconds);
int64_t sys_uptime(void);
int sys_random(void);
int sys_log(const char* text);
_Noreturn void sys_panic(const char* message);
_Noreturn void sys_exit_with(int status);
#define sys_exit(...) sys_exit_with(0 __VA_OPT__(+(__VA_ARGS__)))

/* panic(format, ...)
      Stop, with a message. */
_Noreturn void panic(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* The screen: 80 by 25 cells, a character in the low byte and its colour in the high one. Printing
   at the position `cpos` or, if that is negative, at the cursor, returns the position after the
   last character. `%C` takes a colour. */
#define CONSOLE_COLUMNS 80
#define CONSOLE_ROWS 25
#define CPOS(row, column) ((row) * CONSOLE_COLUMNS + (column))
#define CROW(cpos) ((cpos) / CONSOLE_COLUMNS)
#define CCOL(cpos) ((cpos) % CONSOLE_COLUMNS)
#define COLOR_NORMAL 0x0700
#define COLOR_ERROR 0xC000
#define COLOR_SUCCESS 0x0A00
extern volatile uint16_t console[CONSOLE_ROWS * CONSOLE_COLUMNS];
extern volatile int cursorpos;
void console_clear(void);
int console_printf(int cpos, int color, const char* format, ...);
int console_vprintf(int cpos, int color, const char* format, va_list arguments);
int console_puts(int cpos, int color, const char* s, size_t length);
int error_printf(int cpos, int color, const char* format, ...);

/* app_printf(shade, format, ...)
      Print at the cursor, in a colour of this process's own if `shade` is 0, else in one that
      belongs to `shade`. */
void app_printf(int shade, const char* format, ...);

/* Arithmetic */
#define arraysize(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) \
    ({ \
        __typeof__(a) min_a_ = (a); \
        __typeof__(b) min_b_ = (b); \
        min_a_ <= min_b_ ? min_a_ : min_b_; \
    })
#define MAX(a, b) \
    ({ \
        __typeof__(a) max_a_ = (a); \
        __typeof__(b) max_b_ = (b); \
        max_a_ >= max_b_ ? max_a_ : max_b_; \
    })
#define ROUNDDOWN(x, n) ((__typeof__(x)) ((uint64_t) (x) / (n) * (n)))
#define ROUNDUP(x, n) ((__typeof__(x)) (((uint64_t) (x) + (n) - 1) / (n) * (n)))
#endif
#endif
