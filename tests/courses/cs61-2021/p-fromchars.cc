// 2021: from_chars reads numbers and says what is wrong with others
#include "u-lib.hh"

static void refuse(const char* text, int base, int error, long length) {
    long value = 61;
    auto [ptr, ec] = from_chars(text, text + strlen(text), value, base);
    assert_eq(ec, error);
    assert_eq(ptr - text, length);
    assert_eq(value, 61L);
}

void process_main() {
    long value;
    const char text[] = "-1234,";
    from_chars_result r = from_chars(text, text + strlen(text), value);
    assert(r.ec == 0 && r.ptr == text + 5 && value == -1234);
    unsigned long mask;
    const char ones[] = "ffffffffffffffff";
    r = from_chars(ones, ones + strlen(ones), mask, 16);
    assert(r.ec == 0 && mask == ~0UL);
    refuse("", 10, E_INVAL, 0);
    refuse("-", 10, E_INVAL, 0);
    refuse("+1", 10, E_INVAL, 0);
    refuse("9223372036854775808", 10, E_RANGE, 19);
    refuse("99999999999999999999999", 10, E_RANGE, 23);
    const char least[] = "-9223372036854775808";
    r = from_chars(least, least + strlen(least), value);
    assert(r.ec == 0);
}
