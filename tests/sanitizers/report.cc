// report.cc - what a sanitizer has found becomes a kernel panic
#include "runtime.hh"
#include "device/symbols.hh"

bool has_reported;

void report(const void* caller, const char* format, ...) {
    static char text[250];
    has_reported = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    panic("sanitizer: %s, in %s", text, caller_name(&kernel_symbols, reinterpret_cast<uintptr_t>(caller)));
}
