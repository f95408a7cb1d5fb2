// cow.hh - copy-on-write: a page of several processes is copied when one of them writes to it
//
//    A room: cow.cc is the real one; with cow_none.cc, pages that may be written are copied by
//    `fork` itself.
//    Invariant: an entry with `PTE_COW` has no `PTE_W`; its page may be written as soon as nobody
//    else refers to it.
#ifndef KINGLET_COW_HH
#define KINGLET_COW_HH
#include "abi.hh"
#include "memory/away.hh"
#include "page/page_table.hh"

// Let `fork` copy pages that may be written; always so without this room.
extern bool fork_copies;

// is_shared_for_good(entry)
//    Whether `fork` leaves the page of `entry`, which is present and not the page of zeros, to both
//    as it is: what they write there, both see, or it is a file's. No copy of a file's page is ever
//    owed.
inline bool is_shared_for_good(uint64_t entry) {
    return (entry & PTE_SHARED) || page_at(PTE_ADDR(entry)).owner == PO_FILE;
}

// inherit_page(entry, owner)
//    Let another page table have the page of the last-level entry `entry` (present, and not the
//    page of zeros): share the page, or copy it to one that belongs to `owner`. Returns the other
//    table's entry; 0 if memory ran out. If the page is shared and may be written, `entry` and the
//    entry returned are copy-on-write.
[[nodiscard]] uint64_t inherit_page(pt_entry& entry, int owner);

// inherit_entry(entry, owner)
//    The same for any last-level entry: also one that has the page of zeros, or whose page is away;
//    it is away in both tables then.
[[nodiscard]] inline uint64_t inherit_entry(pt_entry& entry, int owner) {
    switch (state_of(entry)) {
    case entry_state::empty:
        break;
    case entry_state::present:
        if (is_zero_page(PTE_ADDR(entry))) break;
        if (!is_shared_for_good(entry)) return inherit_page(entry, owner);
        share_page(PTE_ADDR(entry));
        break;
    case entry_state::away:
        share_away(entry);
        break;
    }
    return entry;
}

// resolve_write(entry, owner)
//    A process wrote to the page of `entry`, which has `PTE_COW`: let it, on a page of its own.
//    Returns what was done, `FAULT_COPY` or `FAULT_REUSE`, or `E_NOMEM` with nothing changed.
[[nodiscard]] int resolve_write(pt_entry& entry, int owner);

// allow_write(entry, owner)
//    The permission bit that lets the process write to the page of `entry` without others seeing
//    it: `PTE_W`, or `PTE_COW`. If a copy of the page is needed for that (in cow_none.cc), `entry`
//    refers to the copy afterwards. Returns 0 if memory ran out.
[[nodiscard]] uint64_t allow_write(pt_entry& entry, int owner);

#endif
