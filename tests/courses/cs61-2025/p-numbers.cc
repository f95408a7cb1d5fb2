// 2025: random numbers of one's own, numbers to text, and limits
#include "u-lib.hh"

template <typename T>
static void expect_text(T value, int base, const char* expected) {
    char text[70];
    auto [ptr, ec] = to_chars(text, text + sizeof(text), value, base);
    assert_eq(ec, 0);
    assert_eq((size_t) (ptr - text), strlen(expected));
    assert_memeq(text, expected, strlen(expected));
    auto r = to_chars(text, text + strlen(expected) - 1, value, base);
    assert(r.ec == E_OVERFLOW && r.ptr == text + strlen(expected) - 1);
}

void process_main() {
    rand_engine first, second(819234718U), third(61UL);
    bool differ = false;
    for (int i = 0; i < 100; ++i) {
        unsigned x = first();
        assert(x == second() && x <= rand_engine::max());
        differ = differ || x != third();
        int y = third(-3, 3);
        assert(y >= -3 && y <= 3);
        assert_le(third(0U, 5U), 5U);
    }
    assert(differ);
    expect_text(LONG_MIN, 10, "-9223372036854775808");
    expect_text(~0UL, 16, "ffffffffffffffff");
    expect_text(-61, 10, "-61");
    expect_text(5L, 2, "101");
    assert(INT_MAX + 1L == -(long) INT_MIN && UINT_MAX == ~0U && CHAR_BIT == 8);
    assert(to_chars(nullptr, nullptr, 0).ec == E_OVERFLOW);
}
