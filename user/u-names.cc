#include "process.hh"

unsigned rand_engine::operator()() {
    // A linear congruence modulo 2^64 (Knuth, "The Art of Computer Programming" vol. 2, 3.3.4,
    // table 1, line 26), of which the upper bits are the more random ones.
    counter_ = counter_ * 6364136223846793005 + 1442695040888963407;
    return unsigned(counter_ >> 33);
}

unsigned rand_engine::operator()(unsigned low, unsigned high) {
    uint64_t range = uint64_t(high - low) + 1;
    return low + unsigned(operator()() * range >> 31);
}

int rand_engine::operator()(int low, int high) {
    return int(unsigned(low) + operator()(0U, unsigned(high) - unsigned(low)));
}

static unsigned digit_value(char c) {
    return isdigit(c) ? unsigned(c - '0') : (isalpha(c) ? unsigned(tolower(c) - 'a' + 10) : 99);
}

from_chars_result from_chars(const char* first, const char* last, unsigned long& value, int base) {
    unsigned long x = 0;
    bool overflows = false;
    const char* s = first;
    for (; s != last && digit_value(*s) < unsigned(base); ++s) {
        if (__builtin_mul_overflow(x, unsigned(base), &x)) overflows = true;
        if (__builtin_add_overflow(x, digit_value(*s), &x)) overflows = true;
    }
    if (s == first) return {first, E_INVAL};
    if (overflows) return {s, E_RANGE};
    value = x;
    return {s, 0};
}

from_chars_result from_chars(const char* first, const char* last, long& value, int base) {
    unsigned long x = 0;
    bool is_negative = first != last && *first == '-';
    from_chars_result result = from_chars(first + is_negative, last, x, base);
    if (result.ec == E_INVAL) return {first, E_INVAL};
    if (result.ec == 0 && x > (unsigned long)LONG_MAX + is_negative) result.ec = E_RANGE;
    if (result.ec == 0) value = long(is_negative ? -x : x);
    return result;
}

// NOLINTNEXTLINE: as the standard says
to_chars_result to_chars(char* first, char* last, unsigned long value, int base) {
    char text[64];
    char* start = text + sizeof(text);
    do {
        *--start = "0123456789abcdefghijklmnopqrstuvwxyz"[value % unsigned(base)];
        value /= unsigned(base);
    } while (value != 0);
    ptrdiff_t length = text + sizeof(text) - start;
    if (length > last - first) return {last, E_OVERFLOW};
    memcpy(first, start, size_t(length));
    return {first + length, 0};
}

to_chars_result to_chars(char* first, char* last, long value, int base) {
    if (value >= 0) return to_chars(first, last, (unsigned long)value, base);
    if (first == last) return {last, E_OVERFLOW};
    *first = '-';
    return to_chars(first + 1, last, -(unsigned long)value, base);
}

uint32_t crc32c(uint32_t crc, const void* bytes, size_t size) {
    auto next = static_cast<const uint8_t*>(bytes);
    crc = ~crc;
    for (size_t i = 0; i < size; ++i) {
        crc ^= next[i];
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F6'3B78 : 0);
    }
    return ~crc;
}

int app_vprintf(int shade, const char* format, va_list arguments) {
    constexpr int colors[] = {0x0E00, 0x0F00, 0x0C00, 0x0A00, 0x0900};
    if (shade == 0) shade = sys_getpid();
    return console_vprintf(-1, colors[unsigned(shade) % arraysize(colors)], format, arguments);
}

int app_printf(int shade, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int end_position = app_vprintf(shade, format, arguments);
    va_end(arguments);
    return end_position;
}
