#include "device/power.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "x86-64.hh"

// QEMU's devices (docs/specs/pvpanic.txt; isa-debug-exit) and the power-management block of its
// chipset
constexpr uint16_t pvpanic_port = 0x505, exit_port = 0x501, power_port = 0x604;
constexpr uint8_t pvpanic_panicked = 0x01;          // where attached, the machine pauses
constexpr uint16_t power_soft_off = 0x2000;

void power_off(run_status status) {
    log_printf("stop status=0x%x tick=%lu", unsigned(status), ticks);
    outb(pvpanic_port, pvpanic_panicked);
    outb(exit_port, uint8_t(status));
    outw(power_port, power_soft_off);
    for (;;) asm volatile("cli; hlt");
}
