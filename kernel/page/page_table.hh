// page_table.hh - page tables: what an entry says, and the only functions that change one
//
//    A page table is a page of 512 entries (Intel SDM vol. 3A, 4.5: four levels, 9 bits of the
//    address each). It is reached through its physical address, since the kernel maps all physical
//    memory at identity. Anybody may read an entry; only `set_entry` and `set_flags` can write one.
//    Invariant: `live_entries` and `copies`, in the `pageinfo` of each table, agree with its
//    entries.
//
//    An entry is empty, which is 0, or present (SDM vol. 3A, tables 4-15 to 4-20; the level above
//    the last has `PS` for a large page, and only the kernel's own page table has those):
//
//      63  62..52   51............12  11 10   9   8  7  6  5   4   3   2  1  0
//    +----+-------+-----------------+--+----+---+---+--+--+--+---+---+--+--+--+
//    | XD |   0   | physical page   | 0|SHA.|COW| G |PS| D| A|PCD|PWT| U| W| 1|
//    +----+-------+-----------------+--+----+---+---+--+--+--+---+---+--+--+--+
//
//    or away: the page is not in memory. The CPU ignores the rest of an entry whose bit 0 is 0, so
//    the kernel can use it. The permissions stay there until the page is back.
//
//    +----+-------+-----------------+-------+---+---------------------+--+--+--+
//    | XD |   0   | slot, from 1 on |   0   |COW|          0          | U| W| 0|
//    +----+-------+-----------------+-------+---+---------------------+--+--+--+
#ifndef KINGLET_PAGE_TABLE_HH
#define KINGLET_PAGE_TABLE_HH
#include "page/pageinfo.hh"
#include "page/zero_page.hh"

// A bit that the CPU ignores. It means: others may have this page too; the process may write to it,
// and then gets a copy if they still do.
constexpr uint64_t PTE_COW = 0x200;

// Another one. It means: others may have this page too, and see what the process writes there.
constexpr uint64_t PTE_SHARED = 0x400;

enum class entry_state {
    empty,                              // nothing is there; a region may promise something
    present,                            // a page, or a table
    away,                               // a page that is not in memory
};

// state_of(entry)
//    Which of the three an entry is.
constexpr entry_state state_of(uint64_t entry) {
    if (entry & PTE_P) return entry_state::present;
    return entry == 0 ? entry_state::empty : entry_state::away;
}

// An entry. It reads as a number.
class pt_entry {
public:
    pt_entry() = default;
    pt_entry(const pt_entry&) = delete;
    pt_entry& operator=(const pt_entry&) = delete;
    operator uint64_t() const { return value_; }

private:
    uint64_t value_;
    friend void set_entry(pt_entry& entry, uint64_t value);
    friend void set_flags(pt_entry& entry, uint64_t flags);
};

struct alignas(PAGESIZE) x86_64_pagetable {
    pt_entry entry[NPAGETABLEENTRIES];
};
static_assert(sizeof(x86_64_pagetable) == PAGESIZE);

// has_own_page(entry)
//    Whether an entry has a page of memory that is not the page of zeros. An entry that is away has
//    none.
inline bool has_own_page(uint64_t entry) {
    return (entry & PTE_P) && !is_zero_page(PTE_ADDR(entry));
}

// set_entry(entry, value)
//    Change an entry, and with it what `pageinfo` counts of its table. Reference counts of what it
//    referred to, and of what it refers to now, are the caller's affair.
inline void set_entry(pt_entry& entry, uint64_t value) {
    physical_pageinfo& table = page_at(&entry);
    table.live_entries = uint16_t(table.live_entries + (value != 0) - (entry != 0));
    table.copies = uint16_t(table.copies + has_own_page(value) - has_own_page(entry));
    entry.value_ = value;
}

// set_flags(entry, flags)
//    Change the permissions of an entry that is not empty to `flags` (`PTE_*`). What it refers to
//    stays, and so does whether it is present, whatever `flags` say of `PTE_P`.
inline void set_flags(pt_entry& entry, uint64_t flags) {
    entry.value_ = (entry & (PTE_PAMASK | PTE_P)) | (flags & ~(PTE_PAMASK | PTE_P));
}

// span_of(level), index_at(va, level)
//    How many bytes one entry of a table of level `level` (0: last-level) covers; which of its
//    entries is that for `va`.
constexpr uintptr_t span_of(int level) {
    return uintptr_t(1) << (PAGEOFFBITS + PAGEINDEXBITS * level);
}
constexpr uintptr_t index_at(uintptr_t va, int level) {
    return (va >> (PAGEOFFBITS + PAGEINDEXBITS * level)) & (NPAGETABLEENTRIES - 1);
}

// table_with(entry), table_end(entry)
//    The table that an entry is in, and one past its last entry.
inline x86_64_pagetable* table_with(const pt_entry* entry) {
    return reinterpret_cast<x86_64_pagetable*>(reinterpret_cast<uintptr_t>(entry) & ~PAGEOFFMASK);
}
inline pt_entry* table_end(const pt_entry* entry) {
    return table_with(entry)->entry + NPAGETABLEENTRIES;
}

// table_of(entry)
//    The table that an entry above the last level refers to.
inline x86_64_pagetable* table_of(uint64_t entry) {
    return reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(entry));
}

// has_table(entry)
//    Whether `entry`, above the last level, has a table below it; false if it is 0 or has a large
//    page. Panics if the kernel cannot have made the entry: this is where a page shows up that is
//    used as a page table but was never initialised.
[[noreturn]] void refuse_table(const pt_entry* entry);
[[gnu::always_inline]] inline bool has_table(const pt_entry* entry) {
    constexpr uint64_t never_set = 0x7FF0'0000'0000'0000UL;
    uint64_t e = *entry;
    bool is_table = (e & (PTE_P | PTE_PS | never_set)) == PTE_P;
    if (is_table && PTE_ADDR(e) < PAGEADDRESS(npages)) [[likely]]
        return true;
    bool is_large_page = (e & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
    if (e != 0 && !is_large_page) refuse_table(entry);
    return false;
}

// init_table(table), new_table(owner)
//    `init_table` makes a page a page table with no entries. `new_table` takes a page and does
//    that; it returns null if memory ran out.
void init_table(x86_64_pagetable* table);
[[nodiscard]] x86_64_pagetable* new_table(int owner);

// find_entry(pagetable, va, level)
//    The entry for `va` in its table of level `level` (0: last-level); null if there is no such
//    table.
pt_entry* find_entry(x86_64_pagetable* pagetable, uintptr_t va, int level);

// copy_of_page(entry, owner)
//    Copy the page of `entry`, which is present, to a new page that belongs to `owner`. Returns an
//    entry for the copy, with the same permissions; 0 if memory ran out.
[[nodiscard]] uint64_t copy_of_page(uint64_t entry, int owner);

// first_nonzero(first, last)
//    The first entry in `[first, last)` that is not 0; `last` if there is none.
inline pt_entry* first_nonzero(pt_entry* first, pt_entry* last) {
    size_t count = size_t(last - first);
    if (count == 0) return last;
    bool found;
    asm volatile("repe scasq" : "+D"(first), "+c"(count), "=@ccne"(found) : "a"(0UL) : "memory");
    return found ? first - 1 : last;
}

// for_each_entry(table, first, last, function)
//    Call `function(entry, index)` for each entry of `table` with an index in `[first, last)` that
//    is not 0. Stops and returns what `function` returns if that is negative; else returns 0.
template <typename F>
inline int for_each_entry(x86_64_pagetable* table, size_t first, size_t last, F function) {
    pt_entry* end = table->entry + last;
    for (pt_entry* entry = table->entry + first; entry < end; ++entry) {
        if (*entry == 0) {
            entry = first_nonzero(entry, end);
            if (entry == end) break;
        }
        if (int r = function(*entry, size_t(entry - table->entry)); r < 0) return r;
    }
    return 0;
}

#endif
