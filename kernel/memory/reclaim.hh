// reclaim.hh - what is done when memory has run out
//
//    An operation that ran out of memory has changed nothing, so it may begin again once some pages
//    are free. `syscall` and `page_fault` in `kernel.cc`, where it ends, ask `make_room` then;
//    nothing below them knows of it. A room that has only its plain file so far: reclaim_none.cc.
#ifndef KINGLET_RECLAIM_HH
#define KINGLET_RECLAIM_HH

enum class reclaim {
    nothing,                            // no page can be freed: the operation has failed
    done,                               // some pages are free now: it begins again at once
    begun,                              // some will be: it waits until memory is woken (`wake`)
};

// make_room()
//    Free some pages, or begin to. It is called again as long as the same operation still finds too
//    few pages, so in the end it must return `nothing`.
[[nodiscard]] reclaim make_room();

#endif
