// The stack may have only half its pages.
// fails: stack-limit stack-any-order
// why: the stack may have 16 pages
// broken: stack_limit give_stack
// file: kernel/memory/promises.cc
uintptr_t stack_limit() {
    constexpr uintptr_t weensy_limit = 8 * PAGESIZE, big_limit = 0x400000;
    return user_end == MEMSIZE_VIRTUAL ? weensy_limit : big_limit;
}
