#include "device/devices.hh"
#include "device/interrupts.hh"
#include "device/keyboard.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "device/timer.hh"
#include "lib.hh"

void warn(const char* text) {
    log_printf("warning %s", text);
    show_message(text, COLOR_ERROR);
}

bool start_devices(bool is_text) {
    init_screen(is_text);
    if (!init_keyboard()) warn("no keyboard: this machine has no PS/2 controller");
    int timer_irq = init_timer();
    if (timer_irq < 0) {
        warn("no timer: nothing is drawn by itself, "
             "and no process is interrupted by others' turns");
    } else if (timer_irq != IRQ_TIMER) {
        warn("no interval timer: the real-time clock takes its place");
    }
    init_interrupts(timer_irq);
    return timer_irq >= 0;
}
