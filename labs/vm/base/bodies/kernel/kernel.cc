// Make `p` the current process, and run it: its registers are where the CPU saves them, its selectors are loaded.
[[noreturn, gnu::noinline]] static void switch_to(proc* p) {
    save_selectors(*current->regs);
    load_selectors(*p->regs);
    set_frame(reinterpret_cast<uintptr_t>(p->regs));
    current = p;
    exception_return(p);
}

static void finish() {
    end_watching();
    power_off(!anything_started ? run_status::nothing_started
              : audit_findings && words.audit ? run_status::audit_found
              : faulted_processes() ? run_status::process_faulted
              : run_status::clean);
}
