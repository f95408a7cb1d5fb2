// log.hh - log.txt: the parallel port, one fact a line
//
//    The format of each line is in docs/log.md; its first word is its kind. Whoever learns a fact
//    logs it.
#ifndef KINGLET_LOG_HH
#define KINGLET_LOG_HH
#include <stdarg.h>

constexpr unsigned log_line_limit = 400;            // bytes without the newline; the rest is cut

// log_printf(format, ...)
//    Write one line to the log. The newline is added; any character that is not printable becomes
//    `?`.
void log_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
void log_vprintf(const char* format, va_list arguments) __attribute__((format(printf, 1, 0)));

#endif
