// u-test.hh - for programs that test
//
//    Each proves the sentence at its top. It has passed if its first process logs `ok` and none logs a line that
//    starts with `not ok`. What else a test from outside should find stands below the sentence.
#ifndef KINGLET_U_TEST_HH
#define KINGLET_U_TEST_HH
#include "u-lib.hh"

// Words that all processes see: they lie behind the screen's cells, in the screen's page. A test sets them to zero
// before it uses them.
inline volatile uint64_t* const shared_words = reinterpret_cast<volatile uint64_t*>(CURSORPOS_ADDR + 8);
constexpr int shared_word_count = 11;

// pass() and fail(what)
//    Say how the test ended, and end this process.
[[noreturn]] inline void pass() {
    log_printf("ok");
    sys_exit();
}
[[noreturn]] inline void fail(const char* what) {
    log_printf("not ok: expected %s, found otherwise", what);
    sys_exit();
}

// expect(what, expected, found) and expect(what, condition)
//    Go on only if it is as expected.
inline void expect(const char* what, int64_t expected, int64_t found) {
    if (expected == found) return;
    log_printf("not ok: expected %s = 0x%lx, found 0x%lx", what, expected, found);
    sys_exit();
}
inline void expect(const char* what, bool condition) {
    if (!condition) fail(what);
}

// page(n)
//    The `n`th page of 4,096 bytes after the program's data, as 512 words; nothing need be there.
inline uint64_t* page(unsigned n) {
    return reinterpret_cast<uint64_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE) + n * PAGESIZE);
}

// yield_often()
//    Let all other processes run several times: whoever only had a little to do has done it.
inline void yield_often() {
    for (int i = 0; i < 20; ++i) sys_yield();
}

// wait_for(word, value)
//    Let others run until one of them has set the shared word to `value`.
inline void wait_for(int word, uint64_t value) {
    for (int i = 0; i < 1'000'000; ++i) {
        if (shared_words[word] == value) return;
        sys_yield();
    }
    expect("the other process's word", int64_t(value), int64_t(shared_words[word]));
}

// Something that no process may survive
struct attempt {
    const char* name;
    void (*run)(uintptr_t argument);
    uintptr_t argument = 0;
};

// try_in_child(attempt)
//    Try it in a child, which logs `try NAME` first, and `not ok` if it survives. A child that faults keeps its slot
//    and memory, so a program can try at most `NPROC - 2` times.
inline void try_in_child(const attempt& a) {
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        log_printf("try %s", a.name);
        a.run(a.argument);
        log_printf("not ok: expected %s to fault, found it did not", a.name);
        sys_exit();
    }
    yield_often();
}

// available_pages()
//    How many pages a new process can get: a child takes all there are, and says how many there were.
inline unsigned available_pages() {
    shared_words[0] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        unsigned n = 0;
        while (sys_page_alloc(page(n)) >= 0) ++n;
        expect("sys_page_alloc in the end", E_NOMEM, sys_page_alloc(page(n)));
        shared_words[0] = n + 1;
        sys_exit();
    }
    while (shared_words[0] == 0) sys_yield();
    yield_often();
    return unsigned(shared_words[0] - 1);
}

#endif
