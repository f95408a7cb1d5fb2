// away.hh - pages that are not in memory, as their entries see them
//
//    An entry that is away (`page_table.hh`) refers to the slot where the page's contents are.
//    Whoever makes or removes such an entry says so here. Nothing puts a page away yet, so there is
//    no slot to count, only the entries.
//    Invariant: `away_entries` is how many entries of last-level tables are away; a table that is
//    shared counts once.
#ifndef KINGLET_AWAY_HH
#define KINGLET_AWAY_HH
#include "lib.hh"

inline size_t away_entries;

// share_away(entry)
//    One more table has the entry `entry`, and so refers to the same slot. Each process that
//    touches the page will have it back as a page of its own, so the permissions need not change.
inline void share_away([[maybe_unused]] uint64_t entry) {
    ++away_entries;
}

// drop_away(entry)
//    A table had the entry `entry`, and does not any more.
inline void drop_away(uint64_t entry) {
    if (away_entries == 0) panic("entry 0x%lx is away, but none was", entry);
    --away_entries;
}

#endif
