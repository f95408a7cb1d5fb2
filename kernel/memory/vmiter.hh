// vmiter.hh - page tables: the one way to read and to change them
//
//    `vmiter` walks virtual addresses, `ptiter` walks the page-table pages themselves. A table is reached through
//    its physical address, since the kernel maps all physical memory at identity.
//    Invariant: page-table pages are linked only once all that a mapping needs have been allocated, so a mapping
//    that fails leaves the page table as it was. (SDM vol. 3A, 4.5: four levels, 9 bits of the address each.)
#ifndef KINGLET_VMITER_HH
#define KINGLET_VMITER_HH
#include "memory/pageinfo.hh"
#include "memory/zero_page.hh"

// A bit that the CPU leaves to us: the process may write to the page, but on a copy, as others have it too.
constexpr uint64_t PTE_COW = 0x200;

// has_own_page(entry)
//    Whether an entry has a page that is not the page of zeros.
inline bool has_own_page(uint64_t entry) { return entry != 0 && !is_zero_page(PTE_ADDR(entry)); }

// set_entry(entry, value)
//    Change an entry of a page table, and with it what `pageinfo` counts of the table. Every change goes through here.
inline void set_entry(uint64_t& entry, uint64_t value) {
    physical_pageinfo& table = page_at(&entry);
    table.live_entries = uint16_t(table.live_entries + (value != 0) - (entry != 0));
    table.copies = uint16_t(table.copies + has_own_page(value) - has_own_page(entry));
    entry = value;
}

class vmiter {
public:
    // Start at `va` in `pagetable`, or in the `pagetable` member of `*holder`, which may be a process.
    explicit vmiter(x86_64_pagetable* pagetable, uintptr_t va = 0)
        : pagetable_(pagetable) { walk(va); }
    template <typename T> requires requires(const T* holder) { vmiter(holder->pagetable); }
    explicit vmiter(const T* holder, uintptr_t va = 0)
        : vmiter(holder->pagetable, va) {}

    x86_64_pagetable* pagetable() const { return pagetable_; }
    uintptr_t va() const { return va_; }
    // One past the last address that the current entry covers: 4 KiB on, or more where tables are missing
    uintptr_t last_va() const { return (va_ | range_mask()) + 1; }
    size_t range_size() const { return last_va() - va_; }   // bytes from here to there
    bool low() const { return va_ < VA_LOWEND; }            // still in the lower half
    bool done() const { return va_ == va_done; }            // past the last address

    // The physical address that `va()` maps to; `(uint64_t) -1` if none.
    uint64_t pa() const { return present() ? PTE_ADDR(*entry_) + (va_ & range_mask()) : uint64_t(-1); }
    // The same as a pointer that the kernel can use; null if none.
    template <typename T = void*>
    T kptr() const { return present() ? reinterpret_cast<T>(pa()) : nullptr; }

    // What the entries on the way allow together: `PTE_*`, 0 if not present. `perm(p)`: all of `p` are there.
    uint64_t perm() const {
        return present() ? (PTE_FLAGS(*entry_) & (upper_ | ~PTE_PWU)) | (upper_ & PTE_XD) : 0;
    }
    bool perm(uint64_t p) const { return (perm() & p) == p; }
    bool present() const { return (*entry_ & PTE_P) && (level_ == 0 || (*entry_ & PTE_PS)); }
    bool writable() const { return perm(PTE_PW); }
    bool user() const { return perm(PTE_PU); }
    // Whether the page's table is shared with another process, or was: `own_table` must come before a change.
    bool is_in_shared_table() const { return level_ == 0 && !(upper_ & PTE_W); }
    // The entry itself: of a last-level table, or of a table above it if that is as far as tables go.
    uint64_t& entry() const { return *entry_; }
    // What all pages in `[va(), va() + size)` allow together. `size` is in bytes.
    uint64_t range_perm(size_t size) const;
    bool range_perm(size_t size, uint64_t p) const { return (range_perm(size) & p) == p; }

    // Move to `va`, or by `delta` bytes. The hole between the two halves is skipped.
    vmiter& find(uintptr_t va);
    vmiter& operator+=(intptr_t delta) { return find(va_ + uintptr_t(delta)); }
    vmiter& operator-=(intptr_t delta) { return find(va_ - uintptr_t(delta)); }
    vmiter operator+(intptr_t delta) const { return vmiter(*this) += delta; }
    vmiter operator-(intptr_t delta) const { return vmiter(*this) -= delta; }
    vmiter& operator++() { return find(va_ + 1); }
    vmiter& operator--() { return find(va_ - 1); }

    // Move to the start of the next page, past everything that a missing table would cover.
    void next() {
        if (level_ == 0 && reinterpret_cast<uintptr_t>(entry_ + 1) % PAGESIZE != 0) {
            va_ = (va_ | PAGEOFFMASK) + 1;
            ++entry_;
        } else {
            advance(present() ? (va_ | PAGEOFFMASK) + 1 : last_va());
        }
    }
    // Move to `last_va()`.
    void next_range() { advance(last_va()); }
    // Move to the first mapped page at or after `va()`. False if there is none before `end`.
    bool find_mapped(uintptr_t end) { return (va_ < end && present()) || skip_unmapped(end); }

    // Map the page at `va()` to the physical page `pa` with permissions `perm` (`PTE_*`; without `PTE_P` it is
    // unmapped). Both addresses are multiples of `PAGESIZE`. Missing page-table pages are allocated; they belong
    // to the owner of the top-level one. Returns 0, or `E_NOMEM` with the page table unchanged. Reference counts
    // are the caller's affair, and so are stale translations if the page table is the one in use.
    [[nodiscard]] int try_map(uint64_t pa, uint64_t perm) { return map_with(pa, perm, nullptr); }
    [[nodiscard]] int try_map(void* page, uint64_t perm) { return try_map(reinterpret_cast<uint64_t>(page), perm); }
    // The same, but running out of memory is a panic.
    void map(uint64_t pa, uint64_t perm = PTE_PWU);
    void map(void* page, uint64_t perm = PTE_PWU) { map(reinterpret_cast<uint64_t>(page), perm); }
    // Allocate missing page-table pages, so that `entry()` is that of a last-level table, without a page yet. Returns
    // 0, or `E_NOMEM` with the page table unchanged.
    [[nodiscard]] int reach_last_level() { return level_ == 0 ? 0 : add_tables(nullptr); }
    // Give up the page at `va()`, if any, and unmap it.
    void kfree_page();

private:
    friend int virtual_memory_map(x86_64_pagetable*, uintptr_t, uint64_t, size_t, uint64_t, x86_64_pagetable* (*)());
    static constexpr uintptr_t va_done = uintptr_t(-1);

    x86_64_pagetable* pagetable_;
    uintptr_t va_;
    uint64_t* entry_;                   // the last entry reached on the way to `va_`
    uint64_t upper_;                    // what the entries above it allow
    int level_;                         // 0 if `entry_` is in a last-level table, 3 if in the top-level one

    uintptr_t range_mask() const { return (uintptr_t(1) << (PAGEOFFBITS + PAGEINDEXBITS * level_)) - 1; }
    void walk(uintptr_t va);
    void advance(uintptr_t va) { find(va == 0 ? va_done : va); }
    bool skip_unmapped(uintptr_t end);
    int map_with(uint64_t pa, uint64_t perm, x86_64_pagetable* (*allocator)());
    int add_tables(x86_64_pagetable* (*allocator)());   // until `va_` has a last-level entry
};

inline int vmiter::map_with(uint64_t pa, uint64_t perm, x86_64_pagetable* (*allocator)()) {
    assert_eq(va_ % PAGESIZE, 0UL);
    if (level_ > 0) {
        if (!(perm & PTE_P)) return 0;
        if (int r = add_tables(allocator); r < 0) return r;
    }
    assert(!is_in_shared_table());
    if (perm & PTE_P) assert_eq(pa & ~PTE_PAMASK, 0UL);
    set_entry(*entry_, perm & PTE_P ? pa | perm : 0);
    return 0;
}

// Page-table pages of one page table, children before their parents, the top-level page left out.
class ptiter {
public:
    explicit ptiter(x86_64_pagetable* pagetable);
    template <typename T> requires requires(const T* holder) { ptiter(holder->pagetable); }
    explicit ptiter(const T* holder)
        : ptiter(holder->pagetable) {}

    uintptr_t va() const;                                   // first virtual address that the page is used for
    uintptr_t last_va() const;                              // one past the last one
    int level() const { return level_; }                    // 0: a last-level table, up to 2
    bool done() const { return level_ == top_level; }
    bool low() const { return !done() && va() < VA_LOWEND; }
    uint64_t pa() const { return PTE_ADDR(*entries_[level_]); }
    x86_64_pagetable* kptr() const { return reinterpret_cast<x86_64_pagetable*>(pa()); }
    void next();
    // Give up the current page and clear the entry that refers to it.
    void kfree_ptp();

private:
    static constexpr int top_level = 3;
    uint64_t* entries_[top_level];      // entries_[l]: the entry, one level up, that refers to the level-l page
    int level_;
    bool find_child(uint64_t* first, int level);
};

// table_of(entry)
//    The table that an entry above the last level refers to.
inline x86_64_pagetable* table_of(uint64_t entry) { return reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(entry)); }

// init_table(table), new_table(owner)
//    Make a new page a page table with no entries; take a page for one, or return null if memory ran out.
void init_table(x86_64_pagetable* table);
[[nodiscard]] x86_64_pagetable* new_table(int owner);

// find_entry(pagetable, va, level)
//    The entry for `va` in its table of level `level` (0: last-level); null if there is no such table.
uint64_t* find_entry(x86_64_pagetable* pagetable, uintptr_t va, int level);

// copy_of_page(entry, owner)
//    An entry with the same permissions for a copy of the page that `entry` has, belonging to `owner`. 0 if memory
//    ran out.
[[nodiscard]] uint64_t copy_of_page(uint64_t entry, int owner);

// virtual_memory_map(pagetable, va, pa, size, perm, allocator)
//    Map `[va, va + size)` to `[pa, pa + size)` with permissions `perm`. All are multiples of `PAGESIZE`.
//    `allocator` supplies zeroed page-table pages where some are missing. Returns 0, or `E_NOMEM` if it returned
//    null, or is null, when one was needed; then what lies before that page is mapped.
[[nodiscard]] int virtual_memory_map(x86_64_pagetable* pagetable, uintptr_t va, uint64_t pa, size_t size, uint64_t perm,
                                     x86_64_pagetable* (*allocator)());

// virtual_memory_lookup(pagetable, va)
//    What `va` maps to: page number, physical address, permissions; -1, -1, 0 if nothing.
struct vamapping {
    int64_t pn;
    uint64_t pa;
    uint64_t perm;
};
vamapping virtual_memory_lookup(x86_64_pagetable* pagetable, uintptr_t va);

// first_nonzero(first, last)
//    The first entry in `[first, last)` that is not 0; `last` if there is none.
inline uint64_t* first_nonzero(uint64_t* first, uint64_t* last) {
    size_t count = size_t(last - first);
    if (count == 0) return last;
    bool found;
    asm volatile("repe scasq" : "+D"(first), "+c"(count), "=@ccne"(found) : "a"(0UL) : "memory");
    return found ? first - 1 : last;
}

// for_each_entry(table, first, count, function)
//    Call `function(entry)` for `count` entries that are not 0, from index `first` on; the table must have so many
//    there, and is not looked at behind them. Stops and returns what `function` returns if that is negative; else
//    returns 0.
template <typename F>
inline int for_each_entry(x86_64_pagetable* table, unsigned first, unsigned count, F function) {
    uint64_t* end = table->entry + NPAGETABLEENTRIES;
    for (uint64_t* entry = table->entry + first; count > 0; --count, ++entry) {
        if (*entry == 0) {
            entry = first_nonzero(entry, end);
            assert_ne(entry, end);
        }
        if (int r = function(*entry); r < 0) return r;
    }
    return 0;
}

#endif
