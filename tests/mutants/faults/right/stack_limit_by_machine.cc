// The limit is a number of pages, multiplied at the end.
// file: kernel/memory/promises.cc
uintptr_t stack_limit() {
    uintptr_t pages = 16;
    if (user_end > MEMSIZE_VIRTUAL) pages = 8 << 20 >> PAGEOFFBITS;
    return pages << PAGEOFFBITS;
}
