// u-test.hh - for programs that test
//
//    Each proves the sentence at its top. It has passed if its first process logs `ok` and none
//    logs a line that starts with `not ok`. What else a test from outside should find stands below
//    the sentence.
#ifndef KINGLET_U_TEST_HH
#define KINGLET_U_TEST_HH
#include "u-lib.hh"

// Words that all processes see: they lie behind the screen's cells, in the screen's page. A test
// sets them to zero before it uses them.
inline volatile uint64_t* const shared_words = reinterpret_cast<volatile uint64_t*>(CURSORPOS_ADDR
                                                                                    + 8);
constexpr int shared_word_count = 11;

// pass() and fail(what)
//    Say how the test ended, and end this process.
[[noreturn]] inline void pass() {
    log_printf("ok");
    sys_exit();
}
[[noreturn]] inline void fail(const char* what) {
    log_printf("not ok: expected %s, found otherwise", what);
    sys_exit(1);
}

// expect(what, expected, found) and expect(what, condition)
//    Go on only if it is as expected.
inline void expect(const char* what, int64_t expected, int64_t found) {
    if (expected == found) return;
    log_printf("not ok: expected %s = 0x%lx, found 0x%lx", what, expected, found);
    sys_exit(1);
}
inline void expect(const char* what, bool condition) {
    if (!condition) fail(what);
}

// page(n)
//    The `n`th page of 4,096 bytes after the program's data, as 512 words; nothing need be there.
inline uint64_t* page(size_t n) {
    return reinterpret_cast<uint64_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE)
                                       + n * PAGESIZE);
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

// sbrk(delta)
//    `sys_sbrk`, its result as a number: an address or an error.
inline int64_t sbrk(intptr_t delta) {
    return int64_t(sys_sbrk(delta));
}

// memory_now() and mapping_of(address)
//    What `sys_memory` and `sys_mapping` say.
inline memory_report memory_now() {
    memory_report report;
    expect("sys_memory", 0, sys_memory(&report));
    return report;
}
inline memory_mapping mapping_of(const volatile void* address) {
    memory_mapping found;
    expect("sys_mapping", 0, sys_mapping(const_cast<const void*>(address), &found));
    return found;
}

// status_of(child)
//    Wait for a child's end; returns its status.
inline int status_of(pid_t child) {
    int status = -1;
    expect("sys_wait", child, sys_wait(child, &status));
    return status;
}

// start_child(run) and in_child(run)
//    Call `run()` in a child, which exits with status 0 if it returns. The first returns the
//    child's pid at once; the second waits for its end, and returns its status.
template <typename F>
inline pid_t start_child(F run) {
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child > 0) return child;
    run();
    sys_exit();
}
template <typename F>
inline int in_child(F run) { return status_of(start_child(run)); }

// Something that no process may survive
struct attempt {
    const char* name;
    void (*run)(uintptr_t argument);
    uintptr_t argument = 0;
};

// try_in_child(attempt)
//    Try it in a child, which logs `try NAME` first, and `not ok` if it survives.
inline void try_in_child(const attempt& a) {
    int status = in_child([&] {
        log_printf("try %s", a.name);
        a.run(a.argument);
        log_printf("not ok: expected %s to fault, found it did not", a.name);
    });
    expect("the status of a process that faulted", STATUS_FAULTED, status);
}

// Attempts at one byte
inline void read_byte(uintptr_t address) {
    asm volatile("movb (%0), %%al" : : "r"(address) : "rax", "memory");
}
inline void write_byte(uintptr_t address) {
    asm volatile("movb $0, (%0)" : : "r"(address) : "memory");
}
inline void call_byte(uintptr_t address) {
    asm volatile("call *%0" : : "r"(address) : "rax", "memory");
}

// available_pages()
//    How many pages a new process can get: a child takes all there are, and says how many there
//    were.
inline unsigned available_pages() {
    shared_words[0] = 0;
    int status = in_child([] {
        unsigned n = 0;
        while (sys_page_alloc(page(n)) >= 0) ++n;
        expect("sys_page_alloc in the end", E_NOMEM, sys_page_alloc(page(n)));
        shared_words[0] = n;
    });
    expect("the status of the child that took all memory", 0, status);
    return unsigned(shared_words[0]);
}

#endif
