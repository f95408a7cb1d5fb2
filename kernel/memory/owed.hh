// owed.hh - free pages that copies may still need
//
//    When `fork` shares a page copy-on-write, it owes a copy: as many pages stay free as copies may
//    still be needed. So `fork` and `kalloc` find in time that memory has run out, and no process
//    is stopped for a write to a page that it has. Of the processes that share a page or a page
//    table, all but one may need a copy. `copies` in `pageinfo` says how many pages one such copy
//    takes: 1 for a page that is copied when it is written to; for a page table 1, and 1 for each
//    page in it. A promise of zeros is not counted, nor is the page of zeros: heap and stack may
//    promise more than there is.
//    Invariant: `owed_pages` is the sum of `copies * (refcount - 1)` over all pages, and at most
//    `free_pages`. A room: owed.cc is the real one; with owed_none.cc nothing is owed, and a write
//    to a shared page may find no memory.
#ifndef KINGLET_OWED_HH
#define KINGLET_OWED_HH
#include "page/pageinfo.hh"

extern size_t owed_mask;                // all ones; 0 if nothing is owed, as without this room

// copies_owed(shared)
//    How many pages are owed to each process but one of those that share this page or page table.
inline size_t copies_owed(const physical_pageinfo& shared) { return shared.copies & owed_mask; }

// owe_copies(page, copies, sharers)
//    From now on this page, which is no page table, has `sharers` references, and `copies` (0 or 1)
//    pages are owed to each sharer but one. Returns 0, or `E_NOMEM` with nothing changed if more
//    would be owed than is free. The caller raises `refcount`.
[[nodiscard]] int owe_copies(physical_pageinfo& page, unsigned copies, uint32_t sharers);

// While it lives, one sharer of a page or a page table may take the pages that are owed to it, to
// make its copy.
class owed_share {
public:
    explicit owed_share(const physical_pageinfo& shared)
        : pages_(copies_owed(shared)) { owed_pages -= pages_; }
    owed_share(const owed_share&) = delete;
    owed_share& operator=(const owed_share&) = delete;
    // If the sharer has left meanwhile, `kfree` or `leave_table` has subtracted its pages too; if
    // it has not, they are still owed to it.
    ~owed_share() { owed_pages += pages_; }
private:
    size_t pages_;
};

#endif
