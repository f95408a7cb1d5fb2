// power.hh - the end of a run
#ifndef KINGLET_POWER_HH
#define KINGLET_POWER_HH

// How a run ended; QEMU's exit status is twice the number, plus one.
enum class run_status {
    clean = 0x10,
    process_faulted = 0x11,
    audit_found = 0x12,
    kernel_panicked = 0x13,
    nothing_started = 0x14,
};

// power_off(status)
//    Log how and when the run ended, and switch the machine off.
[[noreturn]] void power_off(run_status status);

#endif
