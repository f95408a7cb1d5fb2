#include "u-stdio.h"
#include "u-lib.hh"

int vdprintf(int file, const char* format, va_list arguments) {
    if (file != 1 && file != 2) return E_BADF;
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(nullptr, 0, format, again);
    va_end(again);
    console_vprintf(-1, COLOR_NORMAL, format, arguments);
    return length;
}

int vprintf(const char* format, va_list arguments) {
    return vdprintf(1, format, arguments);
}

int vsprintf(char* s, const char* format, va_list arguments) {
    return vsnprintf(s, INT_MAX, format, arguments);
}

// The body of a function whose last named parameter is `format`: what `call` makes of the rest.
#define RETURN_WITH_REST(call) \
    va_list rest; \
    va_start(rest, format); \
    int length = call; \
    va_end(rest); \
    return length

int printf(const char* format, ...) {
    RETURN_WITH_REST(vdprintf(1, format, rest));
}

int dprintf(int file, const char* format, ...) {
    RETURN_WITH_REST(vdprintf(file, format, rest));
}

int sprintf(char* s, const char* format, ...) {
    RETURN_WITH_REST(vsprintf(s, format, rest));
}

int puts(const char* s) {
    printf("%s\n", s);
    return 0;
}

int putchar(int c) {
    printf("%c", c);
    return uint8_t(c);
}
