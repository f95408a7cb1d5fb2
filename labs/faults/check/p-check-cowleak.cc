// p-check-cowleak - after many forks, writes and ends there is as much memory as before
#include "u-faults.hh"

constexpr unsigned count = 12;
constexpr uintptr_t base = PROC_START_ADDR + 0x10000, start = PROC_START_ADDR + 0x20000;

static void change_some() {
    for (unsigned n = 0; n < count; ++n) {
        if (rand(0, 2) == 0) access(base + n * PAGESIZE + 8 * n, to_write);
    }
}

// A child and a grandchild; who ends first is a matter of chance.
static void run_cycle() {
    shared_words[1] = 0;
    bool is_child_first = rand(0, 1);
    pid_t child = start_child([=] {
        change_some();
        start_child([=] {
            change_some();
            if (is_child_first) wait_for(1, 1);
            change_some();
            shared_words[1] = 2;
        });
        if (!is_child_first) wait_for(1, 2);
        change_some();
    });
    change_some();
    status_of(child);
    if (is_child_first) shared_words[1] = 1;
    wait_for(1, 2);
    for (int i = 0; i < 5; ++i) sys_yield();            // so that the grandchild has ended
}

void process_main() {
    check_begin();
    for (unsigned n = 0; n < count; ++n) {
        need(call_page_alloc, sys_page_alloc(reinterpret_cast<void*>(base + n * PAGESIZE)));
    }
    run_cycle();
    change_some();
    moment("before", take_all(start));
    for (int cycle = 1; cycle <= 12; ++cycle) {
        run_cycle();
        if (cycle % 4 == 0) moment("after", take_all(start), cycle);
    }
    check_done();
}
