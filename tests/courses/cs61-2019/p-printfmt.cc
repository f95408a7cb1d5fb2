// 2019: printfmt says how to print a type
#include "u-lib.hh"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
template <typename T>
static void expect_text(T value, const char* expected) {
    char format[16], text[32];
    snprintf(format, sizeof(format), "%%%s", printfmt<T>::spec);
    ssize_t n = snprintf(text, sizeof(text), format, value);
    assert(strcmp(text, expected) == 0);
    assert_eq(n, (ssize_t) strlen(expected));
}

void process_main() {
    expect_text(true, "1");
    expect_text('k', "k");
    expect_text((short) -61, "-61");
    expect_text(61U, "61");
    expect_text(-1L << 62, "-4611686018427387904");
    expect_text(~0UL, "18446744073709551615");
    expect_text((void*) 0x1000, "0x1000");
}
