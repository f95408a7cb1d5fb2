// vmiter.hh - walking page tables
//
//    `vmiter` walks virtual addresses, page by page or in larger steps where nothing is; `ptiter`
//    walks the page-table pages themselves.
//    Invariant: page-table pages are linked only once all that a mapping needs have been allocated,
//    so a mapping that fails leaves the page table as it was.
#ifndef KINGLET_VMITER_HH
#define KINGLET_VMITER_HH
#include "page/page_table.hh"

class vmiter {
public:
    // Start at `va` in `pagetable`, or in the `pagetable` member of `*holder`, which may be a
    // process.
    explicit vmiter(x86_64_pagetable* pagetable, uintptr_t va = 0)
        : pagetable_(pagetable) { walk(va); }
    template <typename T> requires requires(const T* holder) { vmiter(holder->pagetable); }
    explicit vmiter(const T* holder, uintptr_t va = 0)
        : vmiter(holder->pagetable, va) {}

    x86_64_pagetable* pagetable() const { return pagetable_; }
    uintptr_t va() const { return va_; }
    // One past the last address that the current entry covers: 4 KiB on, or more where tables are
    // missing
    uintptr_t last_va() const { return (va_ | range_mask()) + 1; }
    size_t range_size() const { return last_va() - va_; }   // bytes from here to there
    bool low() const { return va_ < VA_LOWEND; }            // still in the lower half
    bool done() const { return va_ == va_done; }            // past the last address

    // The physical address that `va()` maps to; `(uint64_t) -1` if none.
    uint64_t pa() const {
        return present() ? PTE_ADDR(*entry_) + (va_ & range_mask()) : uint64_t(-1);
    }
    // The same as a pointer that the kernel can use; null if none.
    template <typename T = void*>
    T kptr() const { return present() ? reinterpret_cast<T>(pa()) : nullptr; }

    // What the entries on the way allow together: `PTE_*`, 0 if not present. `perm(p)`: all of `p`
    // are there.
    uint64_t perm() const {
        return present() ? (PTE_FLAGS(*entry_) & (upper_ | ~PTE_PWU)) | (upper_ & PTE_XD) : 0;
    }
    bool perm(uint64_t p) const { return (perm() & p) == p; }
    bool present() const { return (*entry_ & PTE_P) && (level_ == 0 || (*entry_ & PTE_PS)); }
    // Whether a page is there, none, or one that is away.
    entry_state state() const { return state_of(*entry_); }
    bool writable() const { return perm(PTE_PW); }
    bool user() const { return perm(PTE_PU); }
    // Whether the page's table is shared with another process, or was: `own_table` must come before
    // a change.
    bool is_in_shared_table() const { return level_ == 0 && !(upper_ & PTE_W); }
    // The entry itself: of a last-level table, or of a table above it if that is as far as tables
    // go.
    pt_entry& entry() const { return *entry_; }
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
    // The same for a page that is present or away.
    bool find_live(uintptr_t end) { return (va_ < end && *entry_ != 0) || skip_empty(end); }

    // Map the page at `va()` to the physical page `pa` with permissions `perm` (`PTE_*`; without
    // `PTE_P` it is unmapped). Both addresses are multiples of `PAGESIZE`. Missing page-table pages
    // are allocated; they belong to the owner of the top-level one. Returns 0, or `E_NOMEM` with
    // the page table unchanged. Reference counts are the caller's affair, and so are stale
    // translations if the page table is the one in use.
    [[nodiscard]] int try_map(uint64_t pa, uint64_t perm) { return map_with(pa, perm, nullptr); }
    [[nodiscard]] int try_map(void* page, uint64_t perm) {
        return try_map(reinterpret_cast<uint64_t>(page), perm);
    }
    // The same, but running out of memory is a panic.
    void map(uint64_t pa, uint64_t perm = PTE_PWU);
    void map(void* page, uint64_t perm = PTE_PWU) { map(reinterpret_cast<uint64_t>(page), perm); }
    // `reach_last_level` allocates missing page-table pages, so that `entry()` is in a last-level
    // table (it may have no page yet). `reach_level` does so for a table of level `level` (2, 1, or
    // 0: the last level) or below. Return 0, or `E_NOMEM` with the page table unchanged.
    [[nodiscard]] int reach_last_level() { return reach_level(0); }
    [[nodiscard]] int reach_level(int level) {
        return level_ <= level ? 0 : add_tables(level, nullptr);
    }
    // Give up the page at `va()`, if any, and unmap it. A page that is away stays away.
    void kfree_page();

private:
    friend int virtual_memory_map(x86_64_pagetable*, uintptr_t, uint64_t, size_t, uint64_t,
                                  x86_64_pagetable* (*)());
    static constexpr uintptr_t va_done = uintptr_t(-1);

    x86_64_pagetable* pagetable_;
    uintptr_t va_;
    pt_entry* entry_;                   // the last entry reached on the way to `va_`
    uint64_t upper_;                    // what the entries above it allow
    int level_;                         // of the table that `entry_` is in: 0 to 3, the top level

    uintptr_t range_mask() const { return span_of(level_) - 1; }
    void walk(uintptr_t va);
    void advance(uintptr_t va) { find(va == 0 ? va_done : va); }
    bool skip_empty(uintptr_t end);
    bool skip_unmapped(uintptr_t end);
    int map_with(uint64_t pa, uint64_t perm, x86_64_pagetable* (*allocator)());
    // Link missing tables until `va_` has an entry in one of level `level`.
    int add_tables(int level, x86_64_pagetable* (*allocator)());
};

inline int vmiter::map_with(uint64_t pa, uint64_t perm, x86_64_pagetable* (*allocator)()) {
    assert_eq(va_ % PAGESIZE, 0UL);
    if (level_ > 0) {
        if (!(perm & PTE_P)) return 0;
        if (int r = add_tables(0, allocator); r < 0) return r;
    }
    assert(!is_in_shared_table());
    if (perm & PTE_P) assert_eq(pa & ~PTE_PAMASK, 0UL);
    set_entry(*entry_, perm & PTE_P ? pa | perm : 0);
    return 0;
}

// Walks those page-table pages of one page table that are used for some address in `[start, end)`:
// children before their parents, and without the top-level page.
class ptiter {
public:
    // An `end` of 0: all from `start` on.
    explicit ptiter(x86_64_pagetable* pagetable, uintptr_t start = 0, uintptr_t end = 0);
    template <typename T> requires requires(const T* holder) { ptiter(holder->pagetable); }
    explicit ptiter(const T* holder, uintptr_t start = 0, uintptr_t end = 0)
        : ptiter(holder->pagetable, start, end) {}

    // The first address that the page is used for, and one past the last
    uintptr_t va() const { return done() ? uintptr_t(-1) : canonical(va_); }
    uintptr_t last_va() const { return canonical(va_) + span_of(level_ + 1); }
    int level() const { return level_; }                    // 0: a last-level table, up to 2
    bool done() const { return level_ == top_level; }
    bool low() const { return !done() && va_ < VA_LOWEND; }
    uint64_t pa() const { return PTE_ADDR(entry()); }
    x86_64_pagetable* kptr() const { return table_of(entry()); }
    // The entry, one level up, that refers to the page
    pt_entry& entry() const { return *entries_[level_]; }
    void next() {
        if (level_ > 0 || !step_to_neighbour()) find_next();
    }
    // Give up the current page and clear the entry that refers to it.
    void kfree_ptp();

private:
    static constexpr int top_level = 3;
    // Both without the upper 16 bits, which only repeat bit 47
    uintptr_t va_;                      // the page's first address
    uintptr_t final_;                   // the last address of all
    pt_entry* entries_[top_level];      // by level: `entry()` of this page and those above it
    int level_;

    static uintptr_t canonical(uintptr_t va) { return va < VA_LOWEND ? va : va | VA_HIGHMIN; }
    bool find_below(x86_64_pagetable* table, int level, uintptr_t va);
    void find_next();
    bool step_to_neighbour();
};

// From a last-level table to the next one, if the next entry has one. Large memory has many of them
// side by side.
inline bool ptiter::step_to_neighbour() {
    pt_entry* entry = entries_[0] + 1;
    uintptr_t va = va_ + LARGE_PAGESIZE;
    bool is_in_same_table = reinterpret_cast<uintptr_t>(entry) % PAGESIZE != 0;
    if (!is_in_same_table || va > final_ || !has_table(entry)) return false;
    entries_[0] = entry;
    va_ = va;
    return true;
}

// for_each_entry(table, start, end, function)
//    The same for the entries of the last-level table `table` for `[start, end)`.
template <typename F>
inline int for_each_entry(const ptiter& table, uintptr_t start, uintptr_t end, F function) {
    uintptr_t base = table.va();
    size_t first = start > base ? PAGENUMBER(start - base) : 0;
    size_t last = min(PAGENUMBER(end - base), uintptr_t(NPAGETABLEENTRIES));
    return for_each_entry(table.kptr(), first, last, function);
}

// virtual_memory_map(pagetable, va, pa, size, perm, allocator)
//    Map `[va, va + size)` to `[pa, pa + size)` with permissions `perm`. All are multiples of
//    `PAGESIZE`. `allocator` supplies zeroed page-table pages where some are missing. Returns 0, or
//    `E_NOMEM` if a page-table page was needed and `allocator` was null or returned null; then the
//    pages up to that point are mapped.
[[nodiscard]] int virtual_memory_map(x86_64_pagetable* pagetable, uintptr_t va, uint64_t pa,
                                     size_t size, uint64_t perm,
                                     x86_64_pagetable* (*allocator)());

// virtual_memory_lookup(pagetable, va)
//    What `va` maps to: page number, physical address, permissions; -1, -1, 0 if nothing.
struct vamapping {
    int64_t pn;
    uint64_t pa;
    uint64_t perm;
};
vamapping virtual_memory_lookup(x86_64_pagetable* pagetable, uintptr_t va);

#endif
