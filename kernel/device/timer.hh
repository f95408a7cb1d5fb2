// timer.hh - the clock: `HZ` interrupts a second
#ifndef KINGLET_TIMER_HH
#define KINGLET_TIMER_HH
#include <stdint.h>
#include "abi.hh"

// Timer interrupts since the kernel started, counted by the interrupt path of `kernel.cc`
extern uint64_t ticks;

// init_timer()
//    Start the clock at `HZ` interrupts a second, the first one a full period from now. The Intel 8254's input
//    has the same known frequency on every PC, so its divisor is the calibration.
void init_timer();

#endif
