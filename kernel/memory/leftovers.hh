// leftovers.hh - page tables that nobody uses any more, and what is still in them
//
//    A process may end with gigabytes. They are given back in parts: the first one at once, the
//    others at each tick and whenever nobody runs. A call or a fault that finds too little memory
//    in the meantime is not refused: a part is given back, and it begins again.
//    Invariant: a leftover belongs to no process, though its pages still have the pid of one; their
//    counts are right all the time.
#ifndef KINGLET_LEFTOVERS_HH
#define KINGLET_LEFTOVERS_HH
#include "page/page_table.hh"

extern uint32_t first_leftover;         // page number: their list begins there; 0 ends it

// Whether there is a leftover.
inline bool anything_left() { return first_leftover != 0; }

// Whether who finds too little memory begins again. It is the same, but for what a call leaves that
// fails just now: that would not help it.
extern bool more_memory_comes;

// leave_over(pagetable)
//    Nobody uses this top-level page any more, nor what it refers to above the kernel's part.
void leave_over(x86_64_pagetable* pagetable);

// give_back_part()
//    Give back a part of what is left over, if anything is.
void give_back_part();

#endif
