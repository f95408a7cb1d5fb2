// leftovers.hh - page tables that nobody uses any more, and what is still in them
//
//    A process may end with gigabytes. They are given back in parts: the first one at once, the
//    others each time the kernel decides who runs next (`schedule` in `kernel.cc`). Who finds too
//    little memory in the meantime is not refused, but tries again.
//    Invariant: a leftover belongs to no process, though its pages still have the pid of one; their
//    counts are right all the time.
#ifndef KINGLET_LEFTOVERS_HH
#define KINGLET_LEFTOVERS_HH
#include "page/page_table.hh"

extern uint32_t first_leftover;         // page number: their list begins there; 0 ends it

// Whether there is a leftover. `more_memory_comes` is whether there was one when the last process
// began to run: so an operation that leaves memory when it fails does not wait for that.
inline bool anything_left() { return first_leftover != 0; }
extern bool more_memory_comes;

// leave_over(pagetable)
//    Nobody uses this top-level page any more, nor what it refers to above the kernel's part.
void leave_over(x86_64_pagetable* pagetable);

// give_back_part()
//    Give back a part of what is left over, if anything is.
void give_back_part();

#endif
