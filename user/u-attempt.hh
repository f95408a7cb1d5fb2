// u-attempt.hh - for programs that show what a process may not do
#ifndef KINGLET_U_ATTEMPT_HH
#define KINGLET_U_ATTEMPT_HH
#include "u-lecture.hh"

// hidden(value)
//    The same value, but the compiler cannot know it.
template <typename T>
inline T hidden(T value) {
    asm volatile("" : "+r"(value));
    return value;
}

// read_byte(address)
//    The byte there, read even if nobody needs it.
inline char read_byte(const void* address) {
    return *static_cast<const volatile char*>(address);
}

// attempt(what, action)
//    Say what a child does, and let it; then say how it ended.
template <typename F>
inline void attempt(const char* what, F action) {
    say("A child %s.", what);
    pid_t child = sys_fork();
    if (child == 0) {
        action();
        sys_exit();
    }
    int status = 0;
    sys_wait(child, &status);
    check("child stopped", status == STATUS_FAULTED);
}

#endif
