// u-check.hh - for programs that the grader watches
//
//    Such a program, `p-check-NAME.cc`, comes to moments at which the grader stops the machine, looks at page tables
//    and memory from outside, and lets it go on. Without a grader a moment does nothing.
//
//        void process_main() {
//            check_begin();
//            for (int i = 0; i < 3; ++i) moment("round", i);
//            check_done();
//        }
//
//    What the program itself finds out counts only as a moment's words: the grader judges them, not the program.
#ifndef KINGLET_U_CHECK_HH
#define KINGLET_U_CHECK_HH
#include "u-lib.hh"

// At this function's first instruction the grader has its breakpoint; it goes on with the second.
extern "C" void check_moment(const char* name, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
asm(".pushsection .text.check_moment, \"ax\", @progbits\n"
    ".globl check_moment\n"
    ".type check_moment, @function\n"
    "check_moment:\n"
    "    nop\n"
    "    ret\n"
    ".size check_moment, . - check_moment\n"
    ".popsection");

// The scenario's seed: the grader writes it at the moment "begin".
extern "C" { inline volatile uint64_t check_seed = 1; }

// A moment's word: any number, or an address
template <typename T>
inline uint64_t check_word(T* address) { return reinterpret_cast<uint64_t>(address); }
template <typename T>
inline uint64_t check_word(T number) { return uint64_t(number); }

// moment(name, words...)
//    Come to the moment `name`, a string constant, with up to four words that tell the grader where to look.
template <typename... Words>
inline void moment(const char* name, Words... words) {
    static_assert(sizeof...(words) <= 4, "a moment has at most four words");
    uint64_t all[4] = {check_word(words)...};
    check_moment(name, all[0], all[1], all[2], all[3]);
}

// check_begin()
//    The first thing a program does: the moment "begin", and random numbers by the seed that the grader wrote there.
inline void check_begin() {
    moment("begin", &check_seed);
    srand(unsigned(check_seed));
}

// check_done()
//    The last moment, "done": everything the grader wanted to see was there. Lets the other processes run for ever.
[[noreturn]] inline void check_done() {
    moment("done");
    for (;;) sys_yield();
}

#endif
