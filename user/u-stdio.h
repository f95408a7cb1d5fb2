/* u-stdio.h - printing, for programs in C++ and in C

      Text goes to the screen, at the cursor. There is no floating point, and no file but the
      standard ones, which are numbers: 1 and 2, both of them the screen. */
#ifndef KINGLET_U_STDIO_H
#define KINGLET_U_STDIO_H
#include <stdarg.h>
#include <stddef.h>
#ifdef __cplusplus
#include "format.hh"
extern "C" {
#else
int snprintf(char* s, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char* s, size_t size, const char* format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
#endif

#define EOF (-1)
#define BUFSIZ 1024

/* printf(format, ...), vprintf, dprintf(file, format, ...), vdprintf
      Print at the screen's cursor. Returns how many characters that are; or `E_BADF`, -9, if `file`
      is no file. */
int printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char* format, va_list arguments) __attribute__((format(printf, 1, 0)));
int dprintf(int file, const char* format, ...) __attribute__((format(printf, 2, 3)));
int vdprintf(int file, const char* format, va_list arguments) __attribute__((format(printf, 2, 0)));

/* puts(s), putchar(c)
      `puts` prints `s` and a newline, and returns 0; `putchar` prints one character, and returns
      it. */
int puts(const char* s);
int putchar(int c);

/* sprintf(s, format, ...), vsprintf
      Print to `s`, which is the caller's to make long enough. Returns the length. */
int sprintf(char* s, const char* format, ...) __attribute__((format(printf, 2, 3)));
int vsprintf(char* s, const char* format, va_list arguments) __attribute__((format(printf, 2, 0)));

#ifdef __cplusplus
}
#endif
#endif
