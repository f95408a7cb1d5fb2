// u-late.hh - the words in which test programs and late.img's kernel (tests/late_memory.cc) talk
//
//    They are u-test.hh's `shared_words`, behind the screen's cells.
#ifndef KINGLET_U_LATE_HH
#define KINGLET_U_LATE_HH
#include "layout.h"
#include <stdint.h>

enum late_word_number {
    late_turns = 1,                     // how often processes that want to run have run
    late_turns_then,                    // the same, when who waits for memory was last woken
    late_turns_before,                  // turns of others between being woken and running, in all
    late_page,                          // not 0: the countdown's end is a page with this number
    late_page_here,                     // that page is here: wake who waits for it next tick
    late_victim,                        // not 0: the process from which pages may be taken
    late_asked,                         // how often the kernel wanted memory to be freed
    late_run_out,                       // `memory_has_run_out` until some is freed
    late_countdown = 10,                // so many calls of `kalloc`; the last finds nothing
};

// What a BIOS leaves there is something else.
constexpr uint64_t memory_has_run_out = 0x6574616C;

// The victim's pages that may be taken
constexpr uintptr_t late_victim_start = 0x180000;
constexpr uintptr_t late_victim_end = 0x1C0000;

inline volatile uint64_t& late_word(late_word_number number) {
    return reinterpret_cast<volatile uint64_t*>(CURSORPOS_ADDR + 8)[number];
}
inline void add_to(late_word_number number, uint64_t more) {
    late_word(number) = late_word(number) + more;
}

#endif
