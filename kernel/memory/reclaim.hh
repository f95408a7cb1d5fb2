// reclaim.hh - what is done when memory has run out
//
//    An operation that ran out of memory has changed nothing, so it may begin again once some pages
//    are free. `syscall` and `page_fault` in `kernel.cc`, where it ends, ask `make_room` then;
//    nothing below them knows of it. A room, of which there is only the plain one yet:
//    reclaim_none.cc.
#ifndef KINGLET_RECLAIM_HH
#define KINGLET_RECLAIM_HH

enum class reclaim {
    nothing,                            // no page can be freed: the operation has failed
    done,                               // some pages are free now: it begins again at once
    begun,                              // some will be: it waits until memory is woken (`wake`)
};

// make_room()
//    Free some pages, or begin to. Called again, and again, for the same operation, as long as it
//    still finds too few: so in the end the answer is `nothing`.
[[nodiscard]] reclaim make_room();

#endif
