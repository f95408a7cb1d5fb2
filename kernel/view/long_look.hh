// long_look.hh - to look at much memory takes long
//
//    Called by what checks memory and by what draws it. Nothing changes in the meantime but the
//    ticks and keys that are noted (`note_interrupt` in `kernel.cc`).
#ifndef KINGLET_LONG_LOOK_HH
#define KINGLET_LONG_LOOK_HH
#include <stddef.h>

// let_time_pass(pages)
//    So many pages have been looked at since the last call: let interrupts in, now and then.
void let_time_pass(size_t pages);

#endif
