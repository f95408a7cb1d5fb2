// timer.hh - the clock: `HZ` interrupts a second
#ifndef KINGLET_TIMER_HH
#define KINGLET_TIMER_HH
#include <stdint.h>
#include "abi.hh"

// Ticks since the kernel started, counted by the interrupt path of `kernel.cc`
extern uint64_t ticks;

// init_timer()
//    Start the interval timer at `HZ` interrupts a second, the first one a full period from now.
//    Its input has the same known frequency on every PC, so its divisor is the calibration. Where
//    it does not count, the real-time clock takes its place. Returns the interrupt that then comes;
//    negative if there is neither.
int init_timer();

// is_tick(irq)
//    Whether this interrupt, which has come, is a tick. The real-time clock's are sometimes not,
//    since it is faster.
bool is_tick(int irq);

#endif
