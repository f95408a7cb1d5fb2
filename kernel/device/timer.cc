#include "device/timer.hh"
#include "device/interrupts.hh"
#include "x86-64.hh"

// The interval timer (Intel 8254)
constexpr unsigned input_frequency = 1193182;       // Hz: a third of the NTSC colour carrier
constexpr unsigned divisor = (input_frequency + HZ / 2) / HZ;
constexpr uint16_t channel0 = 0x40, command = 0x43;
constexpr uint8_t latch_channel0 = 0x00;
constexpr uint8_t rate_generator = 0x34;            // low byte, then high byte; mode 2

// The real-time clock (Motorola MC146818). Only this one of its rates makes the ticks even enough.
constexpr uint16_t clock_index = 0x70, clock_data = 0x71;
constexpr uint8_t register_a = 0x0A, register_b = 0x0B, register_c = 0x0C;
constexpr uint8_t rate_mask = 0x0F, rate_1024 = 6, periodic_interrupt = 0x40;
constexpr unsigned clock_frequency = 1024;

uint64_t ticks;

static unsigned read_count() {
    outb(command, latch_channel0);
    unsigned low = inb(channel0);
    return low | unsigned(inb(channel0)) << 8;
}

// Start the interval timer. False if there is none, or it stands still.
static bool start_interval_timer() {
    outb(command, rate_generator);
    outb(channel0, divisor & 0xFF);
    outb(channel0, divisor >> 8);
    unsigned count = read_count();
    for (int i = 0; i < 1000; ++i) {                // many times as long as one count
        if (read_count() != count) return true;
    }
    return false;
}

static uint8_t read_clock(uint8_t index) {
    outb(clock_index, index);
    return inb(clock_data);
}

static void write_clock(uint8_t index, uint8_t value) {
    outb(clock_index, index);
    outb(clock_data, value);
}

// Have the real-time clock interrupt. False if there is none.
static bool start_clock() {
    write_clock(register_a, uint8_t((read_clock(register_a) & ~rate_mask) | rate_1024));
    write_clock(register_b, read_clock(register_b) | periodic_interrupt);
    read_clock(register_c);
    return (read_clock(register_a) & rate_mask) == rate_1024;
}

int init_timer() {
    return start_interval_timer() ? IRQ_TIMER : (start_clock() ? IRQ_CLOCK : -1);
}

bool is_tick(int irq) {
    static unsigned part;                           // of a tick, in `clock_frequency`ths
    if (irq != IRQ_CLOCK) return irq == IRQ_TIMER;
    read_clock(register_c);                         // else it would not interrupt again
    part += HZ;
    if (part < clock_frequency) return false;
    part -= clock_frequency;
    return true;
}
