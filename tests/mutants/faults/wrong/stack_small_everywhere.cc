// A stack has 16 pages in the big machine, too.
// fails: stack-big
// why: in the big machine a stack may have 8 MiB
// broken: stack_limit give_stack
// file: kernel/memory/promises.cc
uintptr_t stack_limit() {
    return 16 * PAGESIZE;
}
