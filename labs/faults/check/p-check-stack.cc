// p-check-stack - the stack's pages come when they are touched, one by one or in any order, down to a limit
#include "u-faults.hh"

constexpr unsigned most = 16;           // pages of a stack

static uintptr_t stack_page(unsigned n) { return MEMSIZE_VIRTUAL - (n + 1) * PAGESIZE; }

// Downwards, page by page, but not far. Part 0.
static void grow_down() {
    moment("before", stack_limit);
    for (unsigned n = 1; n < 7; ++n) {
        touch(stack_page(n) + 8 * uintptr_t(rand(0, 511)), n % 3 == 2 ? to_read : to_write);
    }
    moment("grown", stack_limit);
}

// The lowest first, then all others in any order. Part 1.
static void grow_anyhow() {
    unsigned pages[most - 2];
    for (unsigned i = 0; i < most - 2; ++i) pages[i] = i + 1;
    shuffle(pages, most - 2);
    moment("before", stack_limit);
    touch(stack_limit, to_write);
    for (unsigned n : pages) touch(stack_page(n) + 8 * uintptr_t(rand(0, 511)), n % 4 == 3 ? to_read : to_write);
    moment("grown", stack_limit);
}

[[gnu::noinline]] static unsigned recurse(uintptr_t bottom) {
    char frame[600];
    clobber_memory(frame);
    unsigned below = rdrsp() - bottom < 1000 ? 0 : recurse(bottom);
    clobber_memory(frame);              // so it must be there until now
    return below + 1;
}

// As programs do, and an array of several pages at once. Part 2.
static void recurse_deep() {
    moment("before", stack_limit);
    char frame[5 * PAGESIZE];
    clobber_memory(frame);
    recurse(stack_limit);
    moment("grown", stack_limit);
}

// What lies below the limit stays out of reach once the whole stack is there. Part 3.
static void go_too_far() {
    try_in_child(stack_limit, to_execute);              // promised, and not there yet
    for (unsigned n = 1; n < most; ++n) touch(stack_page(n), to_write);
    moment("full", stack_limit);
    try_in_child(stack_limit - 1, to_read);
    try_in_child(stack_limit - 8, to_write);
    try_in_child(guard, to_write);
    try_in_child(guard - PAGESIZE, to_write);
    word_at(stack_limit) = return_instruction;
    try_in_child(stack_limit, to_execute);
}

void process_main() {
    check_begin();
    leave_junk();
    in_part(0, grow_down);
    in_part(1, grow_anyhow);
    in_part(2, recurse_deep);
    in_part(3, go_too_far);
    check_done();
}
