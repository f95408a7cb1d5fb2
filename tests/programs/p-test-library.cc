// p-test-library - a program finds what C++ WeensyOS programs use, and it works
//
//    Outside: `ok` from pid 1; no fault, no panic.
#include "u-test.hh"

static void use_strings() {
    char text[64];
    expect("snprintf", 15, snprintf(text, sizeof(text), "%s-%04d-%#zx", "king", 61, size_t(0xBED)));
    expect("its text", strcmp(text, "king-0061-0xbed") == 0);
    expect("strstr", strstr(text, "0061") == text + 5);
    expect("strchr", strchr(text, '-') == text + 4);
    expect("strlcpy", 15, int64_t(strlcpy(text, "kinglet kinglet", 8)));
    assert_memeq(text, "kinglet", sizeof("kinglet"));
    assert_eq(strlen(text), 7U);
    assert_eq(strtol("-0x3d"), -61L);
    char* rest;
    assert_eq(strtoul("61rest", &rest, 10), 61UL);
    assert(strcmp(rest, "rest") == 0, "what follows the number");
    assert_eq(strtol(" 075", nullptr, 0), 61L);
    assert_ne(strcasecmp("KiNg", "kinf"), 0);
    assert(strcasecmp("KiNg", "kinG") == 0 && isdigit('7') && !isalpha('7') && toupper('k') == 'K');
}

// What a format makes of its arguments, whether they are those that a compiler wants there or not
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void expect_text(const char* expected, const char* format, ...) {
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert_eq(size_t(length), strlen(expected));
    assert_memeq(text, expected, strlen(expected) + 1);
}
#pragma GCC diagnostic pop

static void use_formats() {
    expect_text("+61| 61|0075|0X3D", "%+d|% d|%#.4o|%#X", 61, 61, 61, 61);
    expect_text("61   |   61|00061|  061", "%*d|%*d|%05d|%5.3d", -5, 61, 5, 61, 61, 61);
    expect_text("0x3d|%|x|(n", "%p|%%|%c|%.2s", reinterpret_cast<void*>(61), 'x',
                static_cast<const char*>(nullptr));
    expect_text("-3|253|-61|1", "%hhd|%hhu|%hd|%hu", 253, 253, -61, 65537);
    expect_text("%k", "%k");
}

static void use_numbers() {
    assert_eq(min(3, 1, 2), 1);
    assert_eq(max(3, 1, 2), 3);
    assert_eq(round_up(uintptr_t(PAGESIZE + 1), PAGESIZE), 2UL * PAGESIZE);
    assert_eq(round_down(uintptr_t(PAGESIZE + 1), PAGESIZE), uintptr_t(PAGESIZE));
    assert_eq(round_up_pow2(61U), 64U);
    assert_eq(round_down_pow2(61U), 32U);
    assert_eq(msb(61), 6);
    assert_eq(lsb(64UL), 7);
    srand(61);
    int first = rand(1, 1'000'000);
    srand(61);
    assert_eq(rand(1, 1'000'000), first);
    for (int i = 0; i < 1000; ++i) {
        int x = rand(-3, 3);
        assert_ge(x, -3);
        assert_le(x, 3);
    }
    assert_ne(make_syscall(NSYSCALL), 0U);
    assert_eq(make_syscall(NSYSCALL), E_NOSYS);     // compared as C compares them
    assert_eq(sys_execv("no such program", nullptr), E_NOENT);
    int differing = 0;
    for (int i = 0; i < 100; ++i) {
        int x = sys_random();
        assert(x >= 0 && x <= RAND_MAX);
        if (x != sys_random()) ++differing;
    }
    assert_gt(differing, 90);
    assert_lt(sys_getpid(), NPROC);
    assert_gt(sys_getpid(), 0);
}

static void use_screen() {
    console_clear();
    int cpos = console_printf(CPOS(23, 0), 0x0F00, "A%CB", 0x0A00);
    assert_eq(cpos, CPOS(23, 2));
    assert_eq(console[CPOS(23, 0)], 0x0F00 | 'A');
    assert_eq(console[CPOS(23, 1)], 0x0A00 | 'B');
    assert_eq(console_printf(CPOS(24, 0), 0, "\n"), END_CPOS);
    assert_eq(console_printf(CPOS(2, 0), "%d\n", 61), CPOS(3, 0));
    assert_eq(console[CPOS(2, 1)], COLOR_NORMAL | '1');
    console_printf(0x0C00, "red");
    assert_eq(console[CPOS(0, 2)], 0x0C00 | 'd');
    console_printf("\n");
    assert_eq(cursorpos, CPOS(1, 0));
    error_printf("error");
    assert_eq(console[CPOS(1, 0)], COLOR_ERROR | 'e');
    assert_eq(console_puts(CPOS(4, 0), COLOR_NORMAL, "four", 4), CPOS(4, 4));
    cursorpos = CPOS(24, 78);
    console_printf("end");                          // moves the last two rows up by one
    assert_eq(cursorpos, CPOS(24, 1));
    assert_eq(console[CPOS(4, 0)], COLOR_NORMAL | 'f');
    assert_eq(console[CPOS(23, 79)], COLOR_NORMAL | 'n');
    assert_eq(console[CPOS(24, 0)], COLOR_NORMAL | 'd');
    assert_eq(console_printf(CPOS(24, 79), "xy"), CPOS(0, 1));
    assert_eq(CROW(CPOS(4, 5)), 4);
    assert_eq(CCOL(CPOS(4, 5)), 5);
}

void process_main() {
    use_strings();
    use_formats();
    use_numbers();
    use_screen();
    pass();
}
