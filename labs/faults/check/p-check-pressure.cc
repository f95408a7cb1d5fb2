// p-check-pressure - however little memory is left, a child has all that its parent has, or there is no child
//
//    A second process takes all memory and gives back some. Moments: "forks" pages left;
//    "born" the same, in the child, before it or its parent has written anything; "forked" the same, and the result.
#include "u-faults.hh"

constexpr unsigned count = 5;
enum { whose_turn = 1, wanted = 3 };    // shared words
enum { to_take = 1, taken, to_give, given };

[[noreturn]] static void hold_memory() {
    uintptr_t start = far_away(PROC_START_ADDR + 0x20000);
    hoard all = {start, start};
    for (;;) {
        wait_for(whose_turn, to_take);
        all.take();
        shared_words[whose_turn] = taken;
        wait_for(whose_turn, to_give);
        all.give(unsigned(shared_words[wanted]));
        shared_words[whose_turn] = given;
    }
}

// Pages of its own, the last one of which nobody may write to; in the big machine, each in a table of its own
static void make_pages() {
    uintptr_t step = is_big_machine() ? LARGE_PAGESIZE : PAGESIZE;
    uintptr_t base = round_up(uintptr_t(PROC_START_ADDR + 0x20000), step);
    for (unsigned n = 0; n < count; ++n) {
        auto page = reinterpret_cast<void*>(base + n * step);
        need(call_page_alloc, sys_page_alloc(page));
        word_at(base + n * step) = pattern(n);
        if (n == count - 1) need(call_mprotect, sys_mprotect(page, PAGESIZE, PROT_READ));
    }
}

void process_main() {
    check_begin();
    moment("part", 0);
    if (need(call_fork, sys_fork()) == 0) hold_memory();
    make_pages();                       // by now, all that is written to is this process's own
    unsigned most = is_big_machine() ? 36 : 24;
    for (unsigned left = 0; left <= most; left += left < 12 ? 1 : 6) {
        shared_words[wanted] = left;
        shared_words[whose_turn] = to_take;
        wait_for(whose_turn, taken);
        shared_words[whose_turn] = to_give;
        wait_for(whose_turn, given);
        moment("forks", left);
        pid_t child = pid_t(fork_to_moment("born", left, 0, 0));
        if (child == 0) sys_exit();
        if (child > 0) sys_wait(child);
        moment("forked", left, child);
    }
    check_done();
}
