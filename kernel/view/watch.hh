// watch.hh - what goes on so that people can watch: turns, drawings, checks of memory, the pace
//
//    `kernel.cc` says when something happens; this file decides what of it comes on the screen, and
//    when. Processes run the same whether somebody watches or not. Two things affect them: their
//    pace, and whose memory is shown when a key ends that process. Both depend on ticks, keys and
//    boot words alone. Drawings and checks take no time from processes: they wait until no process
//    runs, or until the next tick if some process always runs.
#ifndef KINGLET_WATCH_HH
#define KINGLET_WATCH_HH
#include "device/boot_words.hh"
#include "view/keys.hh"
#include "view/pace.hh"

// How often something was found wrong with a page
extern unsigned audit_findings;

// start_watching(given, boot_tsc)
//    Take in what the boot words say of pace, picture, checks and scripted keys. `boot_tsc`: what
//    the time-stamp counter said when the machine started. `given` must stay.
void start_watching(const boot_words& given, uint64_t boot_tsc);

// watch_tick()
//    A tick has come, and its keys were dealt with: give processes their allowance, and show the
//    next process if its turn has come.
void watch_tick();

// let_on(last_call)
//    Nobody can run, or nobody may. With the boot word `audit=on`, check memory; then give out the
//    next unit of the allowance. If still nobody runs, draw, and check memory, as far as that is
//    due. Returns whether somebody runs now. `last_call`: the number of the last system call, which
//    may have been a step.
[[nodiscard]] bool let_on(uint64_t last_call);

// redraw()
//    A key has changed something: draw it soon, if somebody looks.
void redraw();

// end_watching()
//    The machine ends: check memory once more, and draw what is left to be seen.
void end_watching();

#endif
