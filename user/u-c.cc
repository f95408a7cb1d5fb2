// u-c.cc - what u-lib.h declares for programs in C, by the functions of C++
//
//    Symbols have C's names. Where C++ has a function of the same name, its symbol is a different
//    one.
#include "process.hh"
#include "u-unistd.h"

extern "C" {
#define FOR_C(result, name, parameters, call) \
    result c_##name parameters asm(#name); \
    result c_##name parameters { call; }

FOR_C(pid_t, sys_getpid, (), return sys_getpid())
FOR_C(pid_t, sys_getppid, (), return sys_getppid())
FOR_C(void, sys_yield, (), sys_yield())
FOR_C(int, sys_page_alloc, (void* address), return sys_page_alloc(address))
FOR_C(int, sys_page_free, (void* address), return sys_page_free(address))
FOR_C(void*, sys_sbrk, (intptr_t delta), return sys_sbrk(delta))
FOR_C(int, sys_mprotect, (void* address, size_t size, int permissions),
      return sys_mprotect(address, size, permissions))
FOR_C(int, sys_mapping, (const void* address, memory_mapping* found),
      return sys_mapping(address, found))
FOR_C(pid_t, sys_fork, (), return sys_fork())
FOR_C(pid_t, sys_spawn, (const char* name), return sys_spawn(name))
FOR_C(int, sys_execv, (const char* name, const char* const* arguments),
      return sys_exec(name, arguments))
FOR_C(pid_t, sys_wait, (pid_t pid, int* status), return sys_wait(pid, status))
FOR_C(pid_t, sys_waitpid, (pid_t pid, int* status, int options),
      return sys_waitpid(pid, status, options))
FOR_C(int, sys_kill, (pid_t pid), return sys_kill(pid))
FOR_C(int, sys_sleep, (uint64_t milliseconds), return sys_sleep(milliseconds))
FOR_C(int, sys_msleep, (unsigned milliseconds), return sys_msleep(milliseconds))
FOR_C(int64_t, sys_uptime, (), return sys_uptime())
FOR_C(int, sys_random, (), return sys_random())
FOR_C(int, sys_log, (const char* text), return sys_log(text))
FOR_C(void, sys_panic, (const char* message), sys_panic(message))
FOR_C(void, sys_exit_with, (int status), sys_exit(status))
FOR_C(void, console_clear, (), console_clear())
FOR_C(int, console_puts, (int cpos, int color, const char* s, size_t n),
      return console_puts(cpos, color, s, n))
FOR_C(void, assert_fail, (const char* file, int line, const char* condition),
      assert_fail(file, line, condition))
FOR_C(int, console_vprintf, (int cpos, int color, const char* format, va_list arguments),
      return console_vprintf(cpos, color, format, arguments))

int sys_brk(void* new_end);
int sys_brk(void* new_end) {
    return brk(new_end);
}

// Functions that take a format: their last named parameter is `format`.
#define FOR_C_WITH_REST(name, parameters, call) \
    int c_##name parameters asm(#name); \
    int c_##name parameters { \
        va_list rest; \
        va_start(rest, format); \
        int answer = call; \
        va_end(rest); \
        return answer; \
    }

FOR_C_WITH_REST(console_printf, (int cpos, int color, const char* format, ...),
                console_vprintf(cpos, color, format, rest))
FOR_C_WITH_REST(error_printf, (int cpos, int color, const char* format, ...),
                error_vprintf(cpos, color, format, rest))
FOR_C_WITH_REST(app_printf, (int shade, const char* format, ...), app_vprintf(shade, format, rest))

[[noreturn, gnu::format(printf, 1, 2)]] void c_panic(const char* format, ...) asm("panic");
void c_panic(const char* format, ...) {
    char text[message_limit + 1];
    va_list rest;
    va_start(rest, format);
    vsnprintf(text, sizeof(text), format, rest);
    va_end(rest);
    sys_panic(text);
}
}

// C++ has these only inline.
extern bool (*const character_functions[])(int);
extern int (*const case_functions[])(int);
bool (*const character_functions[])(int) = {isdigit, islower, isupper, isalpha,
                                            isalnum, isspace, isprint};
int (*const case_functions[])(int) = {tolower, toupper};
