#include "view/long_look.hh"
#include "device/cpu.hh"

void let_time_pass(size_t pages) {
    constexpr size_t pages_at_once = 4096;
    static size_t looked_at;
    looked_at += pages;
    if (looked_at < pages_at_once) return;
    looked_at = 0;
    let_interrupts_in();
}
