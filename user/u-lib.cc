#include "u-lib.hh"

// The names a program's main function may have. The compiler mangles even `main`, as nothing is
// hosted here.
extern "C" {
[[gnu::weak]] void cxx_process_main() asm("_Z12process_mainv");
[[gnu::weak]] void c_process_main(int argc, char** argv) asm("process_main");
[[gnu::weak]] int cxx_main() asm("_Z4mainv");
[[gnu::weak]] int cxx_main_arguments(int argc, char** argv) asm("_Z4mainiPPc");
[[gnu::weak]] void cxx_process_main_arguments(int argc, char** argv) asm("_Z12process_mainiPPc");
[[gnu::weak]] int c_main(int argc, char** argv) asm("main");
[[noreturn]] void run_program(int argc, char** argv);

// Constructors of global objects, and functions to call at the end; each list lies between two
// names (build/program.ld). And a function that runs the destructors of static objects, if there
// are any (u-runtime.cc).
extern void (*const constructors[])(), (*const constructors_end[])();
extern void (*const destructors[])(), (*const destructors_end[])();
[[gnu::weak]] void run_last_calls();
}

// The program's first instructions; the registers already have what `run_program` takes. `rbp` is
// 0, which ends a backtrace.
asm(".pushsection .text._start, \"ax\", @progbits\n"
    ".globl _start\n"
    ".type _start, @function\n"
    "_start:\n"
    "    xorl %ebp, %ebp\n"
    "    andq $-16, %rsp\n"
    "    call run_program\n"
    ".size _start, . - _start\n"
    ".popsection");

void run_program(int argc, char** argv) {
    char name[] = "program";
    char* default_argv[] = {name, nullptr};
    if (!argv) argc = 1, argv = default_argv;
    for (auto function = constructors; function < constructors_end; ++function) (*function)();
    int status = 0;
    if (cxx_process_main) cxx_process_main();
    else if (cxx_process_main_arguments) cxx_process_main_arguments(argc, argv);
    else if (c_process_main) c_process_main(argc, argv);
    else if (cxx_main) status = cxx_main();
    else if (cxx_main_arguments) status = cxx_main_arguments(argc, argv);
    else if (c_main) status = c_main(argc, argv);
    else sys_panic("this program has neither process_main nor main");
    exit(status);
}

// Weak, as some courses have programs that define it themselves.
[[gnu::weak]] void exit(int status) {
    if (run_last_calls) run_last_calls();
    for (auto function = destructors_end; function > destructors;) (*--function)();
    sys_exit(status);
}

int console_write(int cpos, int color, const char* s, size_t length) {
    while (length > 0) {
        int64_t written = sys_write(1, s, length, color, cpos);
        if (written <= 0) break;
        length -= size_t(written);
        for (; written > 0; --written, ++s) {
            if (cpos >= 0) cpos = cell_behind(cpos, *s);
        }
    }
    return cell_on_screen(cpos < 0 ? cursorpos : cpos);
}

void log_printf(const char* format, ...) {
    char text[message_limit + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sys_log(text);
}

void panic(const char* format, ...) {
    char text[message_limit + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sys_panic(text);
}
