#include "check.hh"
#include "format.hh"

void assert_fail(const char* file, int line, const char* condition, const char* description) {
    if (description) panic("%s:%d: assertion '%s' failed: %s", file, line, condition, description);
    panic("%s:%d: assertion '%s' failed", file, line, condition);
}

static void show(char* text, size_t size, shown_value x) {
    switch (x.kind) {
    case shown_value::is_signed: snprintf(text, size, "%ld", int64_t(x.bits)); break;
    case shown_value::is_unsigned: snprintf(text, size, "%lu", x.bits); break;
    case shown_value::is_address: snprintf(text, size, "0x%lx", x.bits); break;
    }
}

void assert_compare_fail(const char* file, int line, const char* condition, shown_value x,
                         shown_value y) {
    char x_text[24], y_text[24];
    show(x_text, sizeof(x_text), x);
    show(y_text, sizeof(y_text), y);
    panic("%s:%d: assertion '%s' failed: %s and %s", file, line, condition, x_text, y_text);
}

void check_memory(const char* file, int line, const char* condition, const void* x, const void* y,
                  size_t size) {
    auto a = static_cast<const uint8_t*>(x), b = static_cast<const uint8_t*>(y);
    for (size_t i = 0; i < size; ++i) {
        if (a[i] == b[i]) continue;
        panic("%s:%d: assertion '%s' failed: at byte %zu, 0x%02x and 0x%02x", file, line, condition,
              i, a[i], b[i]);
    }
}

#if !__STDC_HOSTED__
// What the compiler puts where a derived type has left out a function.
extern "C" [[noreturn]] void __cxa_pure_virtual() {
    panic("a pure virtual function was called");
}
#endif
