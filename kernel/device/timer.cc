#include "device/timer.hh"
#include "x86-64.hh"

constexpr unsigned input_frequency = 1193182;       // Hz: a third of the NTSC colour carrier, by the PC's design
constexpr unsigned divisor = (input_frequency + HZ / 2) / HZ;
constexpr uint16_t channel0 = 0x40, command = 0x43;

uint64_t ticks;

void init_timer() {
    outb(command, 0x34);                            // channel 0, low byte then high byte, mode 2: rate generator
    outb(channel0, divisor & 0xFF);
    outb(channel0, divisor >> 8);
}
