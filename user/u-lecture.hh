// u-lecture.hh - for programs that show an idea, step by step
//
//    What they say is printed and logged, a line each. It stays for a while, so that one can look
//    at the picture.
#ifndef KINGLET_U_LECTURE_HH
#define KINGLET_U_LECTURE_HH
#include "u-lib.hh"

constexpr int reading_time = 1500;      // milliseconds

// say(format, ...)
//    Say a line, of at most 79 characters, and leave time to read it.
__attribute__((format(printf, 1, 2))) inline void say(const char* format, ...) {
    char text[CONSOLE_COLUMNS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    console_printf(COLOR_SUCCESS, "%s\n", text);
    sys_log(text);
    sys_sleep(reading_time);
}

// compare(what, expected, found)
//    Say how much there is of something, and whether that is right.
inline void compare(const char* what, int64_t expected, int64_t found) {
    if (found == expected) say("   %s: %ld, as it should be", what, found);
    else say("   %s: %ld, not %ld", what, found, expected);
}

// check(fact, is_true)
//    Say that something is so, or that it is not.
inline void check(const char* fact, bool is_true) {
    say(is_true ? "   %s, as it should be" : "   NOT TRUE: %s", fact);
}

// memory_now()
//    What `sys_memory` says.
inline memory_report memory_now() {
    memory_report report = {};
    sys_memory(&report);
    return report;
}

// page_of(address)
//    The number of the physical page that `address` maps to; 0 if none.
inline int64_t page_of(const volatile void* address) {
    memory_mapping found = {};
    sys_mapping(const_cast<const void*>(address), &found);
    return found.perm & PTE_P ? int64_t(PAGENUMBER(found.pa)) : 0;
}

#endif
