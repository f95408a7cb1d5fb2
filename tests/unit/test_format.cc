// test_format.cc - lib/format.cc against the host's snprintf, and lib/console.cc on a screen of its own
#include <gtest/gtest.h>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#define KINGLET_OWN_LIBRARY
namespace kinglet {
#include "string.cc"
#include "format.cc"
#include "console.cc"
volatile uint16_t console[END_CPOS];
volatile int cursorpos;
static int first_row;                   // of those that scroll
int console_write(int cpos, int color, const char* s, size_t length) {
    return console_draw(first_row, cpos, color, s, length);
}
}

namespace {

using kinglet::console, kinglet::cursorpos, kinglet::CPOS, kinglet::END_CPOS, kinglet::COLOR_NORMAL;

std::mt19937_64 engine(61);

size_t pick(size_t below) { return engine() % below; }

// Both, without the compiler's check of formats that it cannot know
using print_function = int (*)(char*, size_t, const char*, ...);
const print_function ours = kinglet::snprintf, theirs = std::snprintf;

// Print with both functions into buffers of `size` bytes, and expect the same result, text, and untouched rest.
template <typename... Arguments>
void compare(size_t size, const std::string& format, Arguments... arguments) {
    char our_text[600], their_text[600];
    std::memset(our_text, 'z', sizeof(our_text));
    std::memset(their_text, 'z', sizeof(their_text));
    int our_length = ours(our_text, size, format.c_str(), arguments...);
    int their_length = theirs(their_text, size, format.c_str(), arguments...);
    ASSERT_EQ(our_length, their_length) << "format \"" << format << "\"";
    ASSERT_EQ(std::memcmp(our_text, their_text, sizeof(our_text)), 0)
        << "format \"" << format << "\": \"" << std::string(our_text, size) << "\" and \""
        << std::string(their_text, size) << "\"";
}

// Flags, each with one chance in three
std::string random_flags(const char* flags) {
    std::string s;
    for (; *flags; ++flags) {
        if (pick(3) == 0) s += *flags;
    }
    return s;
}

uint64_t random_number() {
    uint64_t x = engine() >> pick(64);
    if (pick(8) == 0) x = 0;
    if (pick(8) == 0) x = uint64_t(1) << 63;
    return pick(2) ? x : -x;
}

TEST(Format, PrintsNumbersAsTheHostDoes) {
    const char* sizes[] = {"", "hh", "h", "l", "ll", "z", "t", "j"};
    for (int i = 0; i < 300'000 && !HasFailure(); ++i) {
        char letter = "diuxXo"[pick(6)];
        const char* flags = letter == 'd' || letter == 'i' ? "-+ 0" : letter == 'u' ? "-0" : "-#0";
        const char* argument_size = sizes[pick(8)];
        std::string text = pick(4) ? "" : "a%%b";
        std::string start = text + "%" + random_flags(flags);
        std::string end = argument_size + std::string(1, letter) + text;
        std::string width = pick(2) ? std::to_string(1 + pick(30)) : "";
        std::string precision = pick(2) ? "." + (pick(6) ? std::to_string(pick(30)) : "") : "";
        size_t size = pick(4) ? 500 : pick(40);
        uint64_t x = random_number();
        switch (pick(4)) {
        case 0: compare(size, start + "*" + precision + end, int(pick(40)) - 20, x); break;
        case 1: compare(size, start + width + ".*" + end, int(pick(40)) - 10, x); break;
        default: compare(size, start + width + precision + end, x); break;
        }
    }
}

TEST(Format, PrintsTextAsTheHostDoes) {
    for (int i = 0; i < 50'000 && !HasFailure(); ++i) {
        std::string s;
        for (size_t n = pick(20); n > 0; --n) s += char(' ' + pick(200));
        std::string flags = random_flags("-"), width = pick(2) ? std::to_string(1 + pick(30)) : "";
        size_t size = pick(4) ? 500 : pick(30);
        compare(size, "<%" + flags + width + "s>", s.c_str());
        compare(size, "<%" + flags + width + "." + std::to_string(pick(20)) + "s>", s.c_str());
        compare(size, "<%" + flags + "*.*s>", int(pick(40)) - 20, int(pick(30)) - 10, s.c_str());
        compare(size, "<%" + flags + width + "c%d>", int(pick(256)), 61);
        compare(size, "<%" + flags + width + "p>", reinterpret_cast<void*>(1 + (engine() >> pick(63))));
    }
}

TEST(Format, PrintsManyArgumentsAsTheHostDoes) {
    compare(500, "%d %s %c %lx %u %d %ld %s %p %5d|%-5d|%05d", -1, "two", '3', 4UL, 5U, 6, -7L, "eight",
            reinterpret_cast<void*>(9), 10, 11, 12);
    compare(500, "100%% %s", static_cast<const char*>(nullptr));
    compare(500, "");
}

TEST(Format, ReadsAStringOnlyUpToItsPrecision) {
    const char unterminated[3] = {'a', 'b', 'c'};
    compare(500, "%.3s", unterminated);
    compare(500, "%.*s", 2, unterminated);
}

std::string printed(const char* format, int argument = 0) {
    char text[100];
    ours(text, sizeof(text), format, argument);
    return text;
}

TEST(Format, ShowsWhatItDoesNotUnderstand) {
    EXPECT_EQ(printed("a%"), "a%");
    EXPECT_EQ(printed("%k"), "%k");
    EXPECT_EQ(printed("%f"), "%f");
    EXPECT_EQ(printed("%p"), "0x0");
    EXPECT_EQ(printed("a%Cb", 0x0C00), "ab");
    EXPECT_EQ(printed("%'d", 1234567), "1234567");
    EXPECT_EQ(printed("%n"), "%n");
}

TEST(Format, PrintsToAnything) {
    struct recorder : kinglet::printer {
        std::string text;
        void putc(unsigned char c) override { text += char(c); }
        void print(const char* format, ...) {
            va_list arguments;
            va_start(arguments, format);
            vprintf(format, arguments);
            va_end(arguments);
        }
    };
    recorder out;
    out.print("%d-%C%s", 61, 0x0A00, "x");
    EXPECT_EQ(out.text, "61-x");
    EXPECT_EQ(out.color_, 0x0A00);
}

// The text of a row, without spaces at its end
std::string row(int n) {
    std::string s;
    for (int i = 0; i < kinglet::CONSOLE_COLUMNS; ++i) s += char(console[CPOS(n, i)]);
    return s.substr(0, s.find_last_not_of(' ') + 1);
}

struct Console : testing::Test {
    Console() { kinglet::console_clear(); }
};

TEST_F(Console, StartsEmpty) {
    for (auto& cell : console) EXPECT_EQ(cell, COLOR_NORMAL | ' ');
    EXPECT_EQ(cursorpos, 0);
}

TEST_F(Console, PrintsAtAPositionAndLeavesTheCursor) {
    EXPECT_EQ(kinglet::console_printf(CPOS(3, 4), 0x0A00, "%s", "abc"), CPOS(3, 7));
    EXPECT_EQ(console[CPOS(3, 4)], 0x0A00 | 'a');
    EXPECT_EQ(kinglet::console_printf(CPOS(5, 0), "x%dy", 61), CPOS(5, 4));
    EXPECT_EQ(console[CPOS(5, 3)], COLOR_NORMAL | 'y');
    EXPECT_EQ(kinglet::console_printf(6 * 80, 0x0F00, "z"), CPOS(6, 1));
    EXPECT_EQ(kinglet::console_puts(CPOS(7, 0), 0x0F00, "zero\0one", 8), CPOS(7, 8));
    EXPECT_EQ(cursorpos, 0);
}

TEST_F(Console, PrintsAtTheCursorAndMovesIt) {
    kinglet::console_printf("ab");
    kinglet::console_printf(0x0C00, "c%Cd", 0x0E00);
    kinglet::error_printf("e");
    EXPECT_EQ(row(0), "abcde");
    EXPECT_EQ(console[1] & 0xFF00, COLOR_NORMAL);
    EXPECT_EQ(console[2] & 0xFF00, 0x0C00);
    EXPECT_EQ(console[3] & 0xFF00, 0x0E00);
    EXPECT_EQ(console[4] & 0xFF00, kinglet::COLOR_ERROR);
    EXPECT_EQ(cursorpos, 5);
}

TEST_F(Console, TakesOneNumberForAColorIfItCanBeOneElseForAPosition) {
    EXPECT_EQ(kinglet::console_printf(1924, "at %d", 61), 1929);
    EXPECT_EQ(kinglet::console_printf(0, "left"), 4);
    EXPECT_EQ(cursorpos, 0);
    EXPECT_EQ(kinglet::console_printf(0x0A00, "green"), 5);
    EXPECT_EQ(kinglet::console_printf(-1, "grey"), 9);
    EXPECT_EQ(console[4], 0x0A00 | 'n');
    EXPECT_EQ(console[5], COLOR_NORMAL | 'g');
    EXPECT_EQ(cursorpos, 9);
    EXPECT_EQ(kinglet::error_printf(800, "x"), 801);
    EXPECT_EQ(console[800], kinglet::COLOR_ERROR | 'x');
}

TEST_F(Console, ChangesTheColorAtEscapeSequences) {
    kinglet::console_printf(CS_ERROR "a" CS_NORMAL "b" CS_GREEN "c" CS_WHITE "d" CS_BLUE "e" CS_PURPLE "f%sg", "\x1B[m");
    EXPECT_EQ(row(0), "abcdefg");
    EXPECT_EQ(kinglet::console_printf(CPOS(3, 0), CS_RED "r" CS_GREEN "g"), CPOS(3, 2));
    EXPECT_EQ(console[CPOS(3, 1)], 0x0200 | 'g');
    const int colors[] = {0x4F00, 0x0700, 0x0200, 0x0A00, 0x0900, 0x0D00, 0x0700};
    for (int i = 0; i < 7; ++i) EXPECT_EQ(console[i] & 0xFF00, colors[i]) << i;
    EXPECT_EQ(kinglet::console_printf(CPOS(1, 0), "\x1B[2J\x1B[31;7Hx\x1B[38;999my\x1BMz\x1B["), CPOS(1, 3));
    EXPECT_EQ(row(1), "xyz");
    EXPECT_EQ(console[CPOS(1, 2)], COLOR_NORMAL | 'z');
    EXPECT_EQ(kinglet::console_printf(CPOS(2, 0), 0x1E00, "\x1B[104;30mx"), CPOS(2, 1));
    EXPECT_EQ(console[CPOS(2, 0)], 0x9000 | 'x');
}

TEST_F(Console, EmptiesTheRestOfARowAtANewline) {
    kinglet::console_printf(CPOS(2, 0), "abcdef");
    EXPECT_EQ(kinglet::console_printf(CPOS(2, 3), 0x0C00, "\n"), CPOS(3, 0));
    EXPECT_EQ(row(2), "abc");
    EXPECT_EQ(console[CPOS(2, 79)], 0x0C00 | ' ');
    EXPECT_EQ(kinglet::console_printf(CPOS(2, 0), 0, "\n"), CPOS(3, 0));
    EXPECT_EQ(row(2), "");
    EXPECT_EQ(console[CPOS(3, 0)], COLOR_NORMAL | ' ');
}

TEST_F(Console, ScrollsAtTheCursorOnly) {
    for (int i = 0; i < 25; ++i) kinglet::console_printf("line %d\n", i);
    EXPECT_EQ(cursorpos, END_CPOS);
    EXPECT_EQ(row(0), "line 0");
    kinglet::console_printf("line 25");
    EXPECT_EQ(row(0), "line 1");
    EXPECT_EQ(row(23), "line 24");
    EXPECT_EQ(row(24), "line 25");
    EXPECT_EQ(kinglet::console_printf(CPOS(24, 78), "1234"), CPOS(0, 2));
    EXPECT_EQ(row(0).substr(0, 3), "34n");
}

TEST_F(Console, ScrollsOnlyTheRowsThatAreToMove) {
    for (int i = 0; i < 25; ++i) kinglet::console_printf("line %d\n", i);
    kinglet::first_row = 23;
    kinglet::console_printf("25\n26");
    kinglet::first_row = 0;
    EXPECT_EQ(row(0), "line 0");
    EXPECT_EQ(row(22), "line 22");
    EXPECT_EQ(row(23), "25");
    EXPECT_EQ(row(24), "26");
    EXPECT_EQ(cursorpos, CPOS(24, 2));
}

TEST_F(Console, HandsOnWhatHasOneColourInPartsOfAnyLength) {
    std::string text;
    for (int i = 0; i < 500; ++i) text += char('a' + i % 26);
    EXPECT_EQ(kinglet::console_printf(CPOS(1, 0), 0x0A00, "%s%C%s", text.c_str(), 0x0C00, "x"), CPOS(1, 501));
    for (int i = 0; i < 500; ++i) EXPECT_EQ(console[CPOS(1, i)], 0x0A00 | text[size_t(i)]);
    EXPECT_EQ(console[CPOS(1, 500)], 0x0C00 | 'x');
}

TEST_F(Console, NeverLeavesTheScreen) {
    const int positions[] = {-1, -5, INT32_MIN, INT32_MAX, END_CPOS, END_CPOS + 1, END_CPOS - 1, 0, 1'000'000};
    std::string text(5000, 'x');
    for (int position : positions) {
        for (int cursor : positions) {
            cursorpos = cursor;
            int end = kinglet::console_printf(position, 0x12345678, "%s\n", text.c_str());
            EXPECT_TRUE(end >= 0 && end <= END_CPOS) << position << " " << cursor;
            EXPECT_EQ(cursorpos, position < 0 ? end : cursor);
        }
    }
}

}
