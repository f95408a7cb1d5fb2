// recency.hh - which pages were touched lately
//
//    The CPU sets `PTE_A` in every entry through which it reaches memory, in tables above the last
//    level too (SDM vol. 3A, 4.8). Every half second `harvest_accessed` takes these bits away and
//    notes for each page when that was: its age. `kernel.cc` calls it at each tick, whether anybody
//    asks for ages or not, so that asking changes nothing.
//    Invariants: nothing else takes `PTE_A` out of an entry that stays. If an entry of a last-level
//    table has it, so has the entry above that table, in at least one process.
#ifndef KINGLET_RECENCY_HH
#define KINGLET_RECENCY_HH
#include "abi.hh"
#include "page/vmiter.hh"

constexpr int harvest_interval = HZ / 2;            // ticks from one harvest to the next

// harvest_accessed(tick, pagetable_of)
//    It is this tick: begin a harvest if half a second is over, or go on with one.
//    `pagetable_of(pid)` is the page table of process `pid` (1 to `NPROC - 1`); null if none.
//    One call does a bounded part, which in the weensy machine is the whole harvest. In a big
//    machine a harvest may go on in the next ticks; the next one begins at the first half second
//    after it has ended.
void harvest_accessed(uint64_t tick, x86_64_pagetable* (*pagetable_of)(pid_t pid));

// page_age(pa)
//    How many half seconds ago a harvest last found the page at `pa` touched: 0 if in this half
//    second; `never_touched` if none did since the page was taken. Whoever has the page may have
//    touched it. The page of zeros, which many have, has no age. (Half seconds are counted in 16
//    bits, so once in nine hours an old page looks young.)
constexpr unsigned never_touched = 0x10000;
unsigned page_age(uintptr_t pa);

// is_touched_lately(entry)
//    Whether the page of this last-level entry, which is present, was touched in this half second
//    or the one before.
bool is_touched_lately(uint64_t entry);

#endif
