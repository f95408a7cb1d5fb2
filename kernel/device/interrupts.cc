#include "device/interrupts.hh"
#include "device/cpu.hh"
#include "device/disk.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "x86-64.hh"

constexpr uint16_t first = 0x20, second = 0xA0;     // each chip's command port; data comes next
constexpr int cascade = 2;                          // where the second chip is at the first
constexpr uint8_t read_in_service = 0x0B, end_of_interrupt = 0x20;

due_interrupts due;

void init_interrupts(int timer_irq) {
    unsigned allowed = 1 << IRQ_KEYBOARD | 1 << cascade;
    if (timer_irq >= 0) allowed |= 1U << timer_irq;
    outb(first, 0x11), outb(second, 0x11);                      // ICW1: on edges, cascaded, ICW4
    outb(first + 1, INT_IRQ), outb(second + 1, INT_IRQ + 8);    // ICW2: where interrupts arrive
    outb(first + 1, 1 << cascade), outb(second + 1, cascade);   // ICW3: where the second is
    outb(first + 1, 0x01), outb(second + 1, 0x01);              // ICW4: 8086 mode
    outb(first + 1, uint8_t(~allowed)), outb(second + 1, uint8_t(~(allowed >> 8)));
}

void allow_interrupt(int irq) {
    if (irq < 0 || irq >= NIRQ) return;
    uint16_t mask = (irq < 8 ? first : second) + 1;
    outb(mask, uint8_t(inb(mask) & ~(1 << irq % 8)));
}

// Tell the controller that the interrupt has been taken. False if there was none: a spurious
// interrupt (8259A data sheet, "Interrupt Sequence").
static bool accept_interrupt(int irq) {
    uint16_t chip = irq < 8 ? first : second;
    if (irq % 8 == 7) {                                         // only input 7 is ever spurious
        outb(chip, read_in_service);
        if (!(inb(chip) & 0x80)) {
            if (chip == second) outb(first, end_of_interrupt);  // the cascade did interrupt
            return false;
        }
    }
    if (chip == second) outb(second, end_of_interrupt);
    outb(first, end_of_interrupt);
    return true;
}

void note_interrupt(int irq) {
    if (irq >= NIRQ || !accept_interrupt(irq)) return;
    if (is_tick(irq)) ++due.ticks;
    if (irq == IRQ_KEYBOARD) due.key = true;
    if (is_disk_interrupt(irq)) due.disk = true;
}

void tell_of_nmi() {
    log_printf("warning non-maskable interrupt at rip=0x%lx", due.nmi_rip);
    clear_emergency_stacks();
    due.nmi_rip = 0;
}
