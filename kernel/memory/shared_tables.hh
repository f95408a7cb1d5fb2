// shared_tables.hh - page tables that parent and child share until one of them changes a page there
//
//    A room: shared_tables.cc is the real one; with shared_tables_none.cc, `fork` copies every
//    table. Only last-level tables are shared, and never the one that has the kernel's entries,
//    since the CPU itself writes through it. The entry above a shared table has no `PTE_W`, so
//    nothing below it can be written. (The idea of On-demand-fork, EuroSys 2021.)
//    Invariant: `pages_owner` of a shared table is a process that uses it, or 0; pages in the table
//    belong to that process or to `PO_SHARED`.
#ifndef KINGLET_SHARED_TABLES_HH
#define KINGLET_SHARED_TABLES_HH
#include "memory/address_space.hh"
#include "memory/owed.hh"

// share_tables(from, to)
//    Share the last-level tables of `from` that can be shared with the page table `to`. Returns the
//    address below which nothing is shared, where the caller copies pages one by one: the end of
//    the first table, which has the kernel's entries, or `user_end` if nothing is to be shared. May
//    return `E_MORE`; or, if memory ran out, `E_NOMEM`, with some tables shared. Called again, it
//    leaves out those that `to` has by then. `from.progress` may also hold an address of the
//    caller's, below what is shared.
[[nodiscard]] int64_t share_tables(address_space from, x86_64_pagetable* to);

// is_shared(table)
//    Whether another process uses this page-table page.
inline bool is_shared(const ptiter& table) {
    return page_at(table.kptr()).refcount > 1;
}

// own_table(pagetable, va)
//    Make the last-level table for `va`, if there is one, this process's own, so that its entries
//    may be changed. Returns 1 if it did something, 0 if it had nothing to do, or `E_NOMEM` with
//    nothing changed.
[[nodiscard]] int own_table(x86_64_pagetable* pagetable, uintptr_t va);

// own_table(it)
//    The same for the table that `it` is in; `it` goes on in the new one.
[[nodiscard]] inline int own_table(vmiter& it) {
    if (!it.is_in_shared_table()) return 0;
    int r = own_table(it.pagetable(), it.va());
    if (r > 0) it = vmiter(it.pagetable(), it.va());
    return r;
}

// leave_table(table, owner)
//    Process `owner` gives up its use of a table that others still use; what was `owner`'s there is
//    `PO_SHARED` now.
void leave_pages(x86_64_pagetable* table, int owner);
inline void leave_table(x86_64_pagetable* table, int owner) {
    physical_pageinfo& info = page_at(table);
    if (info.pages_owner == owner) leave_pages(table, owner);
    --info.refcount;
    owed_pages -= copies_owed(info);
    ++page_changes;
}

#endif
