#include "string.hh"

void* memcpy(void* to, const void* from, size_t n) {
    void* result = to;
    size_t words = n / 8, rest = n % 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return result;
}

void* memmove(void* to, const void* from, size_t n) {
    // Only a target just above the source must be filled from its end.
    if (reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from) >= n) {
        return memcpy(to, from, n);
    }
    void* last = static_cast<char*>(to) + n - 1;
    const void* last_from = static_cast<const char*>(from) + n - 1;
    asm volatile("std; rep movsb; cld" : "+D"(last), "+S"(last_from), "+c"(n) : : "memory", "cc");
    return to;
}

void* memset(void* memory, int c, size_t n) {
    void* to = memory;
    size_t words = n / 8, rest = n % 8;
    uint64_t pattern = uint8_t(c) * 0x0101'0101'0101'0101UL;
    asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
    return memory;
}

int memcmp(const void* a, const void* b, size_t n) {
    auto x = static_cast<const uint8_t*>(a), y = static_cast<const uint8_t*>(b);
    for (size_t i = 0; i < n; ++i) {
        if (x[i] != y[i]) return x[i] - y[i];
    }
    return 0;
}

void* memchr(const void* memory, int c, size_t n) {
    auto bytes = static_cast<const uint8_t*>(memory);
    for (size_t i = 0; i < n; ++i) {
        if (bytes[i] == uint8_t(c)) return const_cast<uint8_t*>(bytes + i);
    }
    return nullptr;
}

size_t strlen(const char* s) {
    return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char* s, size_t limit) {
    size_t n = 0;
    while (n < limit && s[n]) ++n;
    return n;
}

char* strcpy(char* to, const char* from) {
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char* strncpy(char* to, const char* from, size_t n) {
    size_t length = strnlen(from, n);
    memcpy(to, from, length);
    memset(to + length, 0, n - length);
    return to;
}

size_t strlcpy(char* to, const char* from, size_t size) {
    size_t length = strlen(from);
    if (size == 0) return length;
    size_t n = length < size ? length : size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
    return length;
}

int strcmp(const char* a, const char* b) {
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char* a, const char* b, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        if (a[i] != b[i]) return uint8_t(a[i]) - uint8_t(b[i]);
        if (!a[i]) break;
    }
    return 0;
}

int strcasecmp(const char* a, const char* b) {
    return strncasecmp(a, b, SIZE_MAX);
}

int strncasecmp(const char* a, const char* b, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        int x = tolower(uint8_t(a[i])), y = tolower(uint8_t(b[i]));
        if (x != y) return x - y;
        if (!x) break;
    }
    return 0;
}

char* strchr(const char* s, int c) {
    return static_cast<char*>(memchr(s, c, strlen(s) + 1));
}

char* strstr(const char* s, const char* wanted) {
    size_t length = strlen(wanted);
    for (;; ++s) {
        if (strncmp(s, wanted, length) == 0) return const_cast<char*>(s);
        if (!*s) return nullptr;
    }
}

size_t strcspn(const char* s, const char* characters) {
    size_t n = 0;
    while (s[n] && !strchr(characters, s[n])) ++n;
    return n;
}

static int digit_value(char c) {
    return isdigit(c) ? c - '0' : (isalpha(c) ? tolower(c) - 'a' + 10 : 99);
}

struct parsed_number {
    uint64_t magnitude = 0;
    bool is_negative = false;
    bool overflows = false;
};

static parsed_number parse_number(const char* s, char** end, int base) {
    parsed_number number;
    if (end) *end = const_cast<char*>(s);
    while (isspace(*s)) ++s;
    if (*s == '-' || *s == '+') number.is_negative = *s++ == '-';
    bool is_prefixed = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;
    if (base == 0) base = is_prefixed ? 16 : (*s == '0' ? 8 : 10);
    if (base == 16 && is_prefixed) s += 2;
    for (; digit_value(*s) < base; ++s) {
        uint64_t& x = number.magnitude;
        if (__builtin_mul_overflow(x, uint64_t(base), &x)
            || __builtin_add_overflow(x, uint64_t(digit_value(*s)), &x)) {
            number.overflows = true;
        }
        if (end) *end = const_cast<char*>(s + 1);
    }
    return number;
}

long strtol(const char* s, char** end, int base) {
    parsed_number number = parse_number(s, end, base);
    uint64_t limit = uint64_t(INT64_MAX) + number.is_negative;
    uint64_t magnitude = number.overflows || number.magnitude > limit ? limit : number.magnitude;
    return long(number.is_negative ? -magnitude : magnitude);
}

unsigned long strtoul(const char* s, char** end, int base) {
    parsed_number number = parse_number(s, end, base);
    if (number.overflows) return UINT64_MAX;
    return number.is_negative ? -number.magnitude : number.magnitude;
}
