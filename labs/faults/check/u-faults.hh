// u-faults.hh - what the checks of page faults have in common
//
//    What may stop a process is tried in a child; its parent waits for it and goes on. Moments that all of them have:
//
//        touch      address, how: the process is about to touch that byte, which may bring a page
//        touched    the same: it has
//        try        address, how: the same for a byte that nobody may touch so
//        survived   the same, if nothing stopped it
//        tried      the same, and the child's status: seen by its parent
//        part       which: a part of the check begins, in a child that does nothing wrong
//        died       which, status: that child did not come to its end
//        cannot     what, result: a system call failed that should not have
#ifndef KINGLET_U_FAULTS_HH
#define KINGLET_U_FAULTS_HH
#include "u-check.hh"

enum touch_kind { to_read, to_write, to_execute };
enum call_name { call_sbrk, call_fork, call_wait, call_page_alloc, call_page_free, call_mprotect };

// Where the stack may begin, once it grows, and the page below that
constexpr uintptr_t stack_limit = MEMSIZE_VIRTUAL - 16 * PAGESIZE, guard = stack_limit - PAGESIZE;

// Words that all processes see: they lie behind the screen's cells.
inline volatile uint64_t* const shared_words = reinterpret_cast<volatile uint64_t*>(CURSORPOS_ADDR + 8);

// need(name, result)
//    Go on only if the system call gave no error; returns its result.
inline int64_t need(call_name name, int64_t result) {
    if (!is_error(uint64_t(result))) return result;
    moment("cannot", name, result);
    check_done();
}

inline uintptr_t grow_heap(int64_t delta) {
    return uintptr_t(need(call_sbrk, int64_t(sys_sbrk(delta))));
}

// pattern(va)
//    What a check writes to the 8 bytes at `va`, if nothing else.
constexpr uint64_t pattern(uintptr_t va) {
    return va * 0x9E3779B97F4A7C15 | 1;
}

constexpr uint64_t return_instruction = 0xC3;

inline volatile uint64_t& word_at(uintptr_t va) {
    return *reinterpret_cast<volatile uint64_t*>(va);
}

// access(va, how)
//    Read, write or execute at `va`; what is written is `pattern(va)`.
inline void access(uintptr_t va, touch_kind how) {
    uint64_t word = pattern(va);
    if (how == to_read) asm volatile("movb (%0), %%al" : : "r"(va) : "rax", "memory");
    if (how == to_write) asm volatile("movq %1, (%0)" : : "r"(va), "r"(word) : "memory");
    if (how == to_execute) asm volatile("call *%0" : : "r"(va) : "rax", "memory");
}

inline void touch(uintptr_t va, touch_kind how) {
    moment("touch", va, how);
    access(va, how);
    moment("touched", va, how);
}

// fork_to_moment(name, a, b, c)
//    `sys_fork`, and in the child at once the moment `name`: neither process has written anything in between, not even
//    to its stack.
extern "C" int64_t fork_to_moment(const char* name, uint64_t a, uint64_t b, uint64_t c);
asm(".pushsection .text.fork_to_moment, \"ax\", @progbits\n"
    ".weak fork_to_moment\n"
    ".type fork_to_moment, @function\n"
    "fork_to_moment:\n"
    "    movq %rcx, %r9\n"
    "    movl $5, %eax\n"              // SYSCALL_FORK
    "    syscall\n"
    "    movq %r9, %rcx\n"
    "    xorl %r8d, %r8d\n"
    "    testq %rax, %rax\n"
    "    je check_moment\n"
    "    ret\n"
    ".size fork_to_moment, . - fork_to_moment\n"
    ".popsection");
static_assert(SYSCALL_FORK == 5);

// start_child(run) and status_of(child)
//    Call `run()` in a child, which exits with status 0 if it returns; wait for a child's end.
template <typename F>
inline pid_t start_child(F run) {
    pid_t child = pid_t(need(call_fork, sys_fork()));
    if (child > 0) return child;
    run();
    sys_exit();
}
inline int status_of(pid_t child) {
    int status = -1;
    need(call_wait, sys_wait(child, &status));
    return status;
}

// end_part(which, status), in_part(which, run)
//    A part of the check: call `run()` in a child, which does nothing wrong, and wait until it has ended.
inline void end_part(uint64_t which, int status) {
    if (status != 0) moment("died", which, status);
}
template <typename F>
inline void in_part(uint64_t which, F run) {
    moment("part", which);
    end_part(which, status_of(start_child(run)));
}

// try_in_child(va, how)
//    Let a child do what nobody may.
inline void try_in_child(uintptr_t va, touch_kind how) {
    int status = status_of(start_child([=] {
        moment("try", va, how);
        access(va, how);
        moment("survived", va, how);
    }));
    moment("tried", va, how, status);
}

// wait_for(word, value)
//    Let others run until one of them has set the shared word to `value`.
inline void wait_for(unsigned word, uint64_t value) {
    while (shared_words[word] != value) sys_yield();
}

// shuffle(items, count)
//    Put them into a random order.
inline void shuffle(unsigned* items, unsigned count) {
    for (unsigned i = count; i > 1; --i) {
        unsigned j = unsigned(rand(0, int(i) - 1)), item = items[j];
        items[j] = items[i - 1];
        items[i - 1] = item;
    }
}

// leave_junk()
//    Write to every page that can be had, and give them all back: what is free is not zeros now.
inline void leave_junk() {
    status_of(start_child([] {
        uintptr_t va = PROC_START_ADDR + 0x20000;
        for (; va < guard && sys_page_alloc(reinterpret_cast<void*>(va)) == 0; va += PAGESIZE) {
            for (uintptr_t word = va; word < va + PAGESIZE; word += 8) word_at(word) = 0x5A5A5A5A00000067;
        }
    }));
}

// take_all(start)
//    Take every page that can be had, in a child, and put them at `start` and behind; returns how many. The moment
//    "full" shows them.
inline uint64_t take_all(uintptr_t start) {
    shared_words[0] = 0;
    status_of(start_child([=] {
        for (uintptr_t va = start; sys_page_alloc(reinterpret_cast<void*>(va)) == 0; va += PAGESIZE) {
            shared_words[0] = shared_words[0] + 1;
        }
        moment("full", uint64_t(shared_words[0]), start);
    }));
    return shared_words[0];
}

// is_big_machine()
//    Whether there is more memory than the screen shows. Asks the kernel for a report, on the stack.
inline bool is_big_machine() {
    memory_report report;
    return sys_memory(&report) == 0 && report.total > MEMSIZE_PHYSICAL / PAGESIZE;
}

// Memory that a process takes from all others, page by page
struct hoard {
    uintptr_t start, end;               // where its pages are

    // Take every page that can be had; returns how the last request ended.
    int take() {
        int result;
        while ((result = sys_page_alloc(reinterpret_cast<void*>(end))) == 0) end += PAGESIZE;
        return result;
    }
    // Give back the last `count` pages.
    void give(unsigned count) {
        for (; count > 0 && end > start; --count) {
            end -= PAGESIZE;
            need(call_page_free, sys_page_free(reinterpret_cast<void*>(end)));
        }
    }
};

// far_away(base)
//    An address behind `base` where a hoard has room; a big machine's has page tables of its own.
inline uintptr_t far_away(uintptr_t base) {
    return is_big_machine() ? 0x4000000000 : round_up(base, PAGESIZE);
}

// The calls that store something, each to `va`, where nothing has been touched yet, or is shared
enum call_kind { store_report, store_mapping, store_status, load_text, protect_and_write };

// call_with(va, kind)
//    The moments "call" and "called": `va`, `kind`, and afterwards the result.
inline void call_with(uintptr_t va, call_kind kind) {
    moment("call", va, kind);
    int64_t result = 0;
    if (kind == store_report) result = sys_memory(reinterpret_cast<memory_report*>(va));
    if (kind == store_mapping) {
        result = sys_mapping(reinterpret_cast<void*>(PROC_START_ADDR), reinterpret_cast<memory_mapping*>(va));
    }
    if (kind == store_status) {
        pid_t child = start_child([] { sys_exit(61); });
        result = sys_wait(child, reinterpret_cast<int*>(va));
        if (result == child) result = 0;
    }
    if (kind == load_text) result = sys_log(reinterpret_cast<char*>(va));
    if (kind == protect_and_write) {    // a page that may not be written for a while, and then again
        auto page = reinterpret_cast<void*>(round_down(va, PAGESIZE));
        result = sys_mprotect(page, PAGESIZE, PROT_READ);
        if (result == 0) result = sys_mprotect(page, PAGESIZE, PROT_READ | PROT_WRITE);
        if (result == 0) word_at(va) = 77;
    }
    moment("called", va, kind, result);
}

#endif
