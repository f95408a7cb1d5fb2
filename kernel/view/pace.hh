// pace.hh - how fast processes may go while somebody watches
//
//    Each system call and each fault uses up one unit of an allowance; when it is used up, nobody
//    runs until the timer gives more. While processes are held, the timer gives none, and a step
//    gives one.
#ifndef KINGLET_PACE_HH
#define KINGLET_PACE_HH
#include <stdint.h>

extern uint64_t pace_allowance;         // nobody runs if this is 0

// init_pace(calls_per_tick, gives_one_by_one)
//    `calls_per_tick` 0 means not slowed. If `gives_one_by_one`, the kernel calls `pace_next`
//    between any two units.
void init_pace(uint64_t calls_per_tick, bool gives_one_by_one);

// pace_next()
//    Give out the next unit of the allowance, if one is left and the last one is used up.
void pace_next();

void pace_tick();                       // once a timer interrupt: a new allowance, unless held
void pace_hold_or_go();
bool pace_is_held();
void pace_step();                       // hold, and allow one more call or fault
void pace_faster();                     // twice as fast, and past the fastest not slowed at all
void pace_slower();

// pace_text(buffer, size)
//    The pace, for the status line: "8 calls/tick", "not slowed", "held".
void pace_text(char* buffer, unsigned size);

#endif
