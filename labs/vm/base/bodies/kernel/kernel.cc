// Make `p` the current process, and run it: its registers are where the CPU saves them, its
// selectors are loaded.
[[noreturn, gnu::noinline]] static void switch_to(proc* p) {
    save_selectors(*current->regs);
    load_selectors(*p->regs);
    set_frame(reinterpret_cast<uintptr_t>(p->regs));
    current = p;
    exception_return(p);
}
