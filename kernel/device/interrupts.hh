// interrupts.hh - the interrupt controller (a pair of Intel 8259A, as every PC still has)
//
//    Hardware interrupt `n` arrives as exception number `INT_IRQ + n`. That one has come is noted
//    wherever the kernel lets it in; what follows from it waits until the kernel is done with what
//    it is doing. Called by `start_devices` and by the interrupt path of `kernel.cc`.
#ifndef KINGLET_INTERRUPTS_HH
#define KINGLET_INTERRUPTS_HH
#include <stdint.h>

constexpr int IRQ_TIMER = 0;
constexpr int IRQ_KEYBOARD = 1;
constexpr int IRQ_CLOCK = 8;
constexpr int NIRQ = 16;

// init_interrupts(timer_irq)
//    Let this interrupt and the keyboard's through, and no others; negative: only the keyboard's.
void init_interrupts(int timer_irq);

// allow_interrupt(irq)
//    Let this interrupt through too.
void allow_interrupt(int irq);

// What has come and is not dealt with: so many ticks, a key, something from the disk; and where a
// non-maskable interrupt came, or 0
struct due_interrupts {
    unsigned ticks;
    bool key, disk;
    uintptr_t nmi_rip;
};
extern due_interrupts due;

// note_interrupt(irq)
//    Interrupt `irq` has come: note in `due` what it was, and tell the controller that it has been
//    taken, so that the next one can come.
void note_interrupt(int irq);

// anything_due()
//    Whether a tick, a key or the disk is to be dealt with.
inline bool anything_due() { return due.ticks > 0 || due.key || due.disk; }

// tell_of_nmi()
//    Log the non-maskable interrupt of `due`. The registers that it saved are cleared: they are
//    nobody else's business.
void tell_of_nmi();

#endif
