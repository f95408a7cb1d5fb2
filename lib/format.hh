// format.hh - printf to anything that takes characters
//
//    Understands the flags `-+ #0'` (the last without effect), width and precision (also `*`), the
//    lengths `hh h l ll j z t`, the conversions `d i u x X o c s p %`, and `%C`, which takes a
//    colour for what follows. There is no floating point.
#ifndef KINGLET_FORMAT_HH
#define KINGLET_FORMAT_HH
#include <stdarg.h>
#include <stddef.h>

// Have the compiler check what is printed to the screen against the format; but not clang, for
// which `%C` is a wide character.
#ifdef __clang__
#define SCREEN_FORMAT(format_position, first_argument)
#else
#define SCREEN_FORMAT(format_position, first_argument) \
    __attribute__((format(printf, format_position, first_argument)))
#endif

constexpr int COLOR_NORMAL = 0x0700;    // grey on black

// printer
//    Somewhere to print to: derive a type that says what to do with a character.
struct printer {
    int color_ = COLOR_NORMAL;          // as `%C` last set it
    virtual void putc(unsigned char c) = 0;
    void vprintf(const char* format, va_list arguments) SCREEN_FORMAT(2, 0);
};

// snprintf(s, size, format, ...) and vsnprintf(s, size, format, arguments)
//    Print to `s`, which has room for `size` bytes; what does not fit is dropped, and unless `size`
//    is 0 the text ends with a null character. Returns how long the whole text is, without that
//    character.
#if __STDC_HOSTED__ && !defined(KINGLET_OWN_LIBRARY)
#include <stdio.h>
#else
#if !__STDC_HOSTED__
extern "C" {
#endif
int snprintf(char* s, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char* s, size_t size, const char* format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
#if !__STDC_HOSTED__
}
#endif
#endif

#endif
