// test_string.cc - lib/string.cc against the host's C library
#include <gtest/gtest.h>
#include <cstring>
#include <random>
#include <string>

#define KINGLET_OWN_LIBRARY
namespace kinglet {
#include "string.cc"
}

namespace {

std::mt19937_64 engine(61);

size_t pick(size_t below) { return engine() % below; }

// A string of up to `limit` characters from a small alphabet, so that equal parts are common
std::string random_string(size_t limit, const char* alphabet = "abAB\xE9") {
    std::string s;
    for (size_t n = pick(limit + 1); n > 0; --n) s += alphabet[pick(std::strlen(alphabet))];
    return s;
}

int sign(int x) { return (x > 0) - (x < 0); }

TEST(String, CopiesMovesAndFillsAsTheHostDoes) {
    for (int i = 0; i < 20'000; ++i) {
        unsigned char ours[256], theirs[256];
        for (size_t j = 0; j < sizeof(ours); ++j) ours[j] = theirs[j] = uint8_t(engine());
        size_t n = pick(100), from = pick(150), to = pick(150);
        int c = int(engine());
        switch (pick(3)) {
        case 0:
            EXPECT_EQ(kinglet::memmove(ours + to, ours + from, n), ours + to);
            std::memmove(theirs + to, theirs + from, n);
            break;
        case 1:
            EXPECT_EQ(kinglet::memset(ours + to, c, n), ours + to);
            std::memset(theirs + to, c, n);
            break;
        case 2:
            if (to < from + n && from < to + n) continue;
            EXPECT_EQ(kinglet::memcpy(ours + to, ours + from, n), ours + to);
            std::memcpy(theirs + to, theirs + from, n);
            break;
        }
        ASSERT_EQ(std::memcmp(ours, theirs, sizeof(ours)), 0) << "n " << n << " from " << from << " to " << to;
    }
}

TEST(String, ComparesAndSearchesAsTheHostDoes) {
    for (int i = 0; i < 50'000; ++i) {
        std::string a = random_string(12), b = pick(2) ? random_string(12) : a + random_string(2);
        const char *x = a.c_str(), *y = b.c_str();
        size_t n = pick(15);
        int c = "abAB\xE9q"[pick(7)];
        EXPECT_EQ(kinglet::strlen(x), std::strlen(x));
        EXPECT_EQ(kinglet::strnlen(x, n), strnlen(x, n));
        EXPECT_EQ(sign(kinglet::strcmp(x, y)), sign(std::strcmp(x, y))) << a << " " << b;
        EXPECT_EQ(sign(kinglet::strncmp(x, y, n)), sign(std::strncmp(x, y, n))) << a << " " << b;
        EXPECT_EQ(sign(kinglet::strcasecmp(x, y)), sign(strcasecmp(x, y))) << a << " " << b;
        EXPECT_EQ(sign(kinglet::strncasecmp(x, y, n)), sign(strncasecmp(x, y, n))) << a << " " << b;
        size_t least = std::min(a.size(), b.size()) + 1;
        EXPECT_EQ(sign(kinglet::memcmp(x, y, std::min(n, least))), sign(std::memcmp(x, y, std::min(n, least))));
        EXPECT_EQ(kinglet::memchr(x, c, a.size()), std::memchr(x, c, a.size()));
        EXPECT_EQ(kinglet::strchr(x, c), std::strchr(x, c));
        std::string wanted = random_string(3);
        EXPECT_EQ(kinglet::strstr(x, wanted.c_str()), std::strstr(x, wanted.c_str())) << a << " " << wanted;
        EXPECT_EQ(kinglet::strcspn(x, wanted.c_str()), std::strcspn(x, wanted.c_str()));
    }
}

TEST(String, CopiesStringsAsTheHostDoes) {
    for (int i = 0; i < 20'000; ++i) {
        std::string a = random_string(12), b = random_string(12);
        char ours[40], theirs[40];
        std::memset(ours, 'z', sizeof(ours));
        std::memset(theirs, 'z', sizeof(theirs));
        size_t n = pick(20);
        kinglet::strcpy(ours, a.c_str());
        std::strcpy(theirs, a.c_str());
        ASSERT_EQ(std::memcmp(ours, theirs, sizeof(ours)), 0) << a << " " << b;
        kinglet::strncpy(ours, b.c_str(), n);
        for (size_t j = 0; j < n; ++j) theirs[j] = j < b.size() ? b[j] : '\0';
        ASSERT_EQ(std::memcmp(ours, theirs, sizeof(ours)), 0) << b << " " << n;
    }
}

TEST(String, CopiesWithALimitNeverBeyondIt) {
    char to[8] = "zzzzzzz";
    EXPECT_EQ(kinglet::strlcpy(to, "kinglet", 5), 7U);
    EXPECT_STREQ(to, "king");
    EXPECT_EQ(to[5], 'z');
    EXPECT_EQ(kinglet::strlcpy(to, "ab", 3), 2U);
    EXPECT_STREQ(to, "ab");
    EXPECT_EQ(kinglet::strlcpy(to, "", 1), 0U);
    EXPECT_EQ(to[0], '\0');
    EXPECT_EQ(kinglet::strlcpy(nullptr, "abc", 0), 3U);
}

// Since C23 the host's functions may take `0b` for a prefix; ours do not.
void compare_numbers(const std::string& s, int base) {
    if (s.find("0b") != s.npos && (base == 0 || base == 2)) return;
    const char* text = s.c_str();
    char *our_end, *their_end;
    EXPECT_EQ(kinglet::strtol(text, &our_end, base), std::strtol(text, &their_end, base)) << s << " " << base;
    EXPECT_EQ(our_end, their_end) << s << " " << base;
    EXPECT_EQ(kinglet::strtoul(text, &our_end, base), std::strtoul(text, &their_end, base)) << s << " " << base;
    EXPECT_EQ(our_end, their_end) << s << " " << base;
}

TEST(String, ReadsNumbersAsTheHostDoes) {
    for (const char* s : {"", "0", "-", "+", "0x", "-0x", "0xg", "0x1g", "08", "  12", "\t\n-7z", "+-1", "-+1", "00x1",
                          "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
                          "18446744073709551615", "18446744073709551616", "-18446744073709551615",
                          "99999999999999999999999", "0xFFFFFFFFFFFFFFFF", "0x10000000000000000", "zz", "Zz!"}) {
        for (int base : {0, 2, 8, 10, 16, 36}) compare_numbers(s, base);
    }
    for (int i = 0; i < 50'000; ++i) {
        std::string s = pick(2) ? random_string(4, " -+0x") : "";
        compare_numbers(s + random_string(24, "0123456789abcfxXzZ"), pick(3) ? 0 : int(2 + pick(35)));
    }
}

TEST(String, ReadsNumbersWithoutEndAndBase) {
    EXPECT_EQ(kinglet::strtol("-0x3d"), -61);
    EXPECT_EQ(kinglet::strtoul("075"), 61U);
    EXPECT_EQ(kinglet::strtol("0b1"), 0);
}

TEST(String, KnowsAsciiCharactersAsTheHostDoes) {
    for (int c = -1; c < 128; ++c) {
        EXPECT_EQ(kinglet::isdigit(c), std::isdigit(c) != 0) << c;
        EXPECT_EQ(kinglet::islower(c), std::islower(c) != 0) << c;
        EXPECT_EQ(kinglet::isupper(c), std::isupper(c) != 0) << c;
        EXPECT_EQ(kinglet::isalpha(c), std::isalpha(c) != 0) << c;
        EXPECT_EQ(kinglet::isalnum(c), std::isalnum(c) != 0) << c;
        EXPECT_EQ(kinglet::isspace(c), std::isspace(c) != 0) << c;
        EXPECT_EQ(kinglet::isprint(c), std::isprint(c) != 0) << c;
        EXPECT_EQ(kinglet::tolower(c), std::tolower(c)) << c;
        EXPECT_EQ(kinglet::toupper(c), std::toupper(c)) << c;
    }
}

}
