// interrupts.hh - the interrupt controller (a pair of Intel 8259A, as every PC still has)
//
//    Hardware interrupt `n` arrives as exception number `INT_IRQ + n`. Called by `start_devices`
//    and by the interrupt path of `kernel.cc`.
#ifndef KINGLET_INTERRUPTS_HH
#define KINGLET_INTERRUPTS_HH

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

// accept_interrupt(irq)
//    Tell the controller that interrupt `irq` (0 to 15) has been taken, so that the next one can
//    come. Returns false if there was none: a spurious interrupt (8259A data sheet, "Interrupt
//    Sequence").
[[nodiscard]] bool accept_interrupt(int irq);

#endif
