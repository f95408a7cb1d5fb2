// p-test-cowchain - a child's child's child: each sees its own memory, in whatever order they end
//
//    Outside: `ok` from pid 1; no fault; 96 forks.
#include "u-test.hh"

constexpr unsigned length = 4;
// `order` of member n: word `order + n`
enum {
    alive,
    turn,
    order
};

// Member `n` of a chain forks the next one in between two rounds of writes, and leaves when its
// turn comes.
[[noreturn]] static void be_member(unsigned n) {
    page(n)[0] = 100 + n;
    if (n + 1 < length) {
        pid_t child = sys_fork();
        expect("a child", child >= 0);
        if (child == 0) be_member(n + 1);
    }
    for (unsigned i = 0; i < length; ++i) {
        expect("nobody else's later word", 0, int64_t(page(i)[1]));
        page(i)[1] = 200 + n;
    }
    shared_words[alive] = shared_words[alive] + 1;
    wait_for(turn, shared_words[order + n]);
    for (unsigned i = 0; i < length; ++i) {
        expect("a word from before the fork", i <= n ? 100 + i : 0, int64_t(page(i)[0]));
        expect("its own word", 200 + n, int64_t(page(i)[1]));
    }
    shared_words[turn] = shared_words[turn] + 1;
    sys_exit();
}

// A chain whose members leave in this order: `orders[n]` is the turn of member n.
static void run_chain(const unsigned (&orders)[length]) {
    for (unsigned n = 0; n < length; ++n) shared_words[order + n] = orders[n] + 1;
    shared_words[alive] = 0;
    shared_words[turn] = 0;
    uint64_t free = memory_now().free;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) be_member(0);
    wait_for(alive, length);
    shared_words[turn] = 1;
    wait_for(turn, length + 1);
    expect("the first member's status", 0, status_of(child));
    yield_often();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
}

void process_main() {
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(length * PAGESIZE));
    for (unsigned n = 0; n < length; ++n) page(n)[2] = 61;
    for (unsigned a = 0; a < length; ++a) {
        for (unsigned b = 0; b < length; ++b) {
            for (unsigned c = 0; c < length; ++c) {
                if (a == b || a == c || b == c) continue;
                run_chain({a, b, c, 6 - a - b - c});
            }
        }
    }
    for (unsigned n = 0; n < length; ++n) {
        expect("the first process's words", page(n)[0] == 0 && page(n)[2] == 61);
    }
    pass();
}
