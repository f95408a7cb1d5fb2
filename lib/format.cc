#include "format.hh"
#include "string.hh"

namespace {

// A conversion's flags. `flag_letters` has their letters in the same order, and one more, `'`,
// which has no effect here. In ASCII, none of them comes after '0'.
enum : unsigned {
    flag_left = 1,
    flag_plus = 2,
    flag_space = 4,
    flag_alternate = 8,
    flag_zero = 16
};
constexpr char flag_letters[] = "-+ #0'";

// One conversion, `%` to letter, taken apart
struct conversion {
    unsigned flags = 0;
    int width = 0;
    int precision = -1;                 // -1: none given
    int size = 4;                       // of the argument, if it is a number, in bytes
    char letter = '\0';

    bool has(unsigned flag) const { return flags & flag; }
};

// A format being read, with what is left of its arguments
struct format_reader {
    const char* at;
    va_list arguments;

    int read_count() {
        if (*at == '*') {
            ++at;
            return va_arg(arguments, int);
        }
        int n = 0;
        while (isdigit(*at) && n < 100'000'000) n = n * 10 + (*at++ - '0');
        return n;
    }

    int read_size() {
        for (int size = 4;; ++at) {
            switch (*at) {
            case 'h': size = size == 4 ? 2 : 1; break;
            case 'l':
            case 'z':
            case 't':
            case 'j': size = 8; break;
            default: return size;
            }
        }
    }

    // Read a conversion, starting after its `%`.
    conversion read_conversion() {
        conversion c;
        for (const char* letter; *at && *at <= '0' && (letter = strchr(flag_letters, *at)); ++at) {
            c.flags |= 1U << (letter - flag_letters);
        }
        c.width = read_count();
        if (c.width < 0) {
            c.flags |= flag_left;
            c.width = -c.width;
        }
        if (*at == '.') {
            ++at;
            c.precision = read_count();
        }
        c.size = read_size();
        c.letter = *at;
        if (*at) ++at;
        return c;
    }

    // The next argument, a number of `size` bytes.
    uint64_t next_unsigned(int size) {
        uint64_t x = size == 8 ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);
        int unused_bits = 64 - 8 * size;
        return x << unused_bits >> unused_bits;
    }
    int64_t next_signed(int size) {
        int unused_bits = 64 - 8 * size;
        return int64_t(next_unsigned(size) << unused_bits) >> unused_bits;
    }
};

void put_repeated(printer& out, char c, int n) {
    for (int i = 0; i < n; ++i) out.putc(uint8_t(c));
}

void put_text(printer& out, const char* s, int n) {
    for (int i = 0; i < n; ++i) out.putc(uint8_t(s[i]));
}

// Print `prefix`, then `zeros` zeros, then the `n` characters at `s`, padded with spaces to the
// width.
void put_padded(printer& out, const conversion& c, const char* prefix, int zeros, const char* s,
                int n) {
    int prefix_length = int(strlen(prefix));
    int padding = c.width - prefix_length - zeros - n;
    if (!c.has(flag_left)) put_repeated(out, ' ', padding);
    put_text(out, prefix, prefix_length);
    put_repeated(out, '0', zeros);
    put_text(out, s, n);
    if (c.has(flag_left)) put_repeated(out, ' ', padding);
}

void put_number(printer& out, const conversion& c, uint64_t x, const char* sign) {
    bool is_hexadecimal = c.letter == 'x' || c.letter == 'X' || c.letter == 'p';
    unsigned base = is_hexadecimal ? 16 : (c.letter == 'o' ? 8 : 10);
    const char* digits = c.letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const char* prefix = sign;
    if (c.letter == 'p' || (c.has(flag_alternate) && base == 16 && x != 0)) {
        prefix = c.letter == 'X' ? "0X" : "0x";
    }

    char text[24];
    char* start = text + sizeof(text);
    for (uint64_t rest = x; rest != 0 || start == text + sizeof(text); rest /= base) {
        *--start = digits[rest % base];
    }
    if (x == 0 && c.precision == 0) ++start;
    int n = int(text + sizeof(text) - start);

    int zeros = c.precision - n;
    if (c.precision < 0 && c.has(flag_zero) && !c.has(flag_left)) {
        zeros = c.width - n - int(strlen(prefix));
    }
    if (zeros < 0) zeros = 0;
    if (c.has(flag_alternate) && base == 8 && zeros == 0 && (n == 0 || *start != '0')) zeros = 1;
    put_padded(out, c, prefix, zeros, start, n);
}

void put_string(printer& out, const conversion& c, const char* s) {
    if (!s) s = "(null)";
    size_t limit = c.precision < 0 ? size_t(INT32_MAX) : size_t(c.precision);
    put_padded(out, c, "", 0, s, int(strnlen(s, limit)));
}

void put_argument(printer& out, const conversion& c, format_reader& in) {
    switch (c.letter) {
    case 'd':
    case 'i': {
        int64_t x = in.next_signed(c.size);
        const char* sign = x < 0 ? "-" : (c.has(flag_plus) ? "+" : (c.has(flag_space) ? " " : ""));
        return put_number(out, c, x < 0 ? -uint64_t(x) : uint64_t(x), sign);
    }
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        return put_number(out, c, in.next_unsigned(c.size), "");
    case 'p':
        return put_number(out, c, in.next_unsigned(8), "");
    case 's':
        return put_string(out, c, va_arg(in.arguments, const char*));
    case 'c': {
        char character = char(va_arg(in.arguments, int));
        return put_padded(out, c, "", 0, &character, 1);
    }
    case 'C':
        out.color_ = va_arg(in.arguments, int);
        return;
    case '\0':
    case '%':
        return out.putc('%');
    default:                            // no such conversion: let the reader see it
        out.putc('%');
        return out.putc(uint8_t(c.letter));
    }
}

struct string_printer : printer {
    char* s;
    size_t size;
    size_t length = 0;                  // of the whole text
    string_printer(char* s_, size_t size_)
        : s(s_), size(size_) {}
    void putc(unsigned char c) override {
        if (length + 1 < size) s[length] = char(c);
        ++length;
    }
};

}

void printer::vprintf(const char* format, va_list arguments) {
    format_reader in;
    in.at = format;
    va_copy(in.arguments, arguments);
    while (*in.at) {
        char c = *in.at++;
        if (c == '%') {
            put_argument(*this, in.read_conversion(), in);
        } else {
            putc(uint8_t(c));
        }
    }
    va_end(in.arguments);
}

int vsnprintf(char* s, size_t size, const char* format, va_list arguments) {
    string_printer out(s, size);
    out.vprintf(format, arguments);
    if (size > 0) s[out.length < size ? out.length : size - 1] = '\0';
    return int(out.length);
}

int snprintf(char* s, size_t size, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(s, size, format, arguments);
    va_end(arguments);
    return length;
}
