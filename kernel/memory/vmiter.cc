#include "memory/vmiter.hh"
#include "abi.hh"

// Bits that no entry of ours has above the last level
constexpr uint64_t not_a_table = 0x7FF0'0000'0000'0000UL;

static constexpr uintptr_t index_at(uintptr_t va, int level) {
    return (va >> (PAGEOFFBITS + PAGEINDEXBITS * level)) & (NPAGETABLEENTRIES - 1);
}

static bool is_large_page(uint64_t entry) {         // above the last level
    return (entry & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
}

static uint64_t* table_end(const uint64_t* entry) {       // one past the last entry of the table that `entry` is in
    return reinterpret_cast<uint64_t*>((reinterpret_cast<uintptr_t>(entry) | PAGEOFFMASK) + 1);
}

[[noreturn, gnu::cold]] static void refuse_table(const uint64_t* entry) {
    panic("page-table entry at 0x%lx is 0x%lx: not a page table (uninitialised?)",
          reinterpret_cast<uintptr_t>(entry), *entry);
}

// Whether `entry` has a table below it; false if it is 0 or has a large page. A page that was never made a page table
// shows here.
[[gnu::always_inline]] static inline bool has_table(const uint64_t* entry) {
    uint64_t e = *entry;
    if ((e & (PTE_P | PTE_PS | not_a_table)) == PTE_P && PTE_ADDR(e) < PAGEADDRESS(npages)) [[likely]]
        return true;
    if (e != 0 && !is_large_page(e)) refuse_table(entry);
    return false;
}

// Follow tables from the top-level one towards `va`, as far as there are any.
void vmiter::walk(uintptr_t va) {
    uint64_t* entry = pagetable_->entry + index_at(va, 3);
    uint64_t allowed = ~uint64_t(0);                // with `PTE_XD` inverted
    auto step_to = [&](int level) {
        if (!has_table(entry)) return false;
        allowed &= *entry ^ PTE_XD;
        entry = table_of(*entry)->entry + index_at(va, level);
        return true;
    };
    level_ = !step_to(2) ? 3 : (!step_to(1) ? 2 : (!step_to(0) ? 1 : 0));
    va_ = va;
    entry_ = entry;
    upper_ = (allowed & PTE_PWU) | (~allowed & PTE_XD);
}

vmiter& vmiter::find(uintptr_t va) {
    if (level_ == 0 && (va ^ va_) < uintptr_t(1) << (PAGEOFFBITS + PAGEINDEXBITS)) {
        entry_ += intptr_t(index_at(va, 0)) - intptr_t(index_at(va_, 0));
        va_ = va;
    } else {
        if (va >= VA_LOWEND && va < VA_HIGHMIN) va = va < va_ ? VA_LOWEND - 1 : VA_HIGHMIN;
        walk(va);
    }
    return *this;
}

bool vmiter::skip_unmapped(uintptr_t end) {
    while (va_ < end) {
        if (present()) return true;
        uint64_t* last = table_end(entry_);
        uint64_t* entry = first_nonzero(entry_, last);
        uintptr_t skipped = uintptr_t(entry - entry_) << (PAGEOFFBITS + PAGEINDEXBITS * level_);
        if (entry != entry_) {
            advance((va_ & ~range_mask()) + skipped);
        } else {
            advance((va_ | PAGEOFFMASK) + 1);       // an entry that is not zero and not present
        }
    }
    return false;
}

uint64_t vmiter::range_perm(size_t size) const {
    uint64_t result = ~uint64_t(0);                 // with `PTE_XD` inverted, so that `&` serves it too
    for (vmiter it = *this; size > 0; it.next()) {
        uint64_t perm = it.perm();
        if (perm == 0) return 0;
        result &= perm ^ PTE_XD;
        size_t in_page = PAGESIZE - it.va_ % PAGESIZE;
        if (size <= in_page) return result ^ PTE_XD;
        size -= in_page;
        if (it.va_ + in_page == VA_LOWEND || it.va_ + in_page == 0) return 0;   // a range has no hole in it
    }
    return result;
}

int vmiter::add_tables(x86_64_pagetable* (*allocator)()) {
    assert(!present());                             // a large page: the kernel's own, which stays as it is
    x86_64_pagetable* tables[3];
    int owner = page_at(pagetable_).owner;
    for (int i = 0; i < level_; ++i) {
        tables[i] = allocator ? allocator() : static_cast<x86_64_pagetable*>(kalloc(PAGESIZE, owner));
        if (!tables[i]) {
            while (i-- > 0) kfree(tables[i]);
            return E_NOMEM;
        }
        init_table(tables[i]);
    }
    for (int i = level_ - 1; i >= 0; --i) {
        set_entry(*entry_, reinterpret_cast<uintptr_t>(tables[i]) | PTE_PWU);
        entry_ = tables[i]->entry + index_at(va_, i);
    }
    level_ = 0;
    return 0;
}

void vmiter::map(uint64_t pa, uint64_t perm) {
    int r = try_map(pa, perm);
    if (r < 0) panic("vmiter::map(0x%lx) at va 0x%lx: error %d", pa, va_, r);
}

void vmiter::kfree_page() {
    if (!present()) return;
    assert_eq(va_ % PAGESIZE, 0UL);
    kfree(kptr());
    set_entry(*entry_, 0);
}

ptiter::ptiter(x86_64_pagetable* pagetable)
    : level_(top_level) {
    find_child(pagetable->entry, top_level - 1);
}

// Go to the first page-table page of level `level` or below that an entry from `first` on, to the end of its
// table, refers to: the deepest one under that entry. False, and nothing changed, if there is none.
bool ptiter::find_child(uint64_t* first, int level) {
    uint64_t* last = table_end(first);
    uint64_t* entry = first_nonzero(first, last);
    while (entry != last && !has_table(entry)) entry = first_nonzero(entry + 1, last);
    if (entry == last) return false;
    entries_[level] = entry;
    level_ = level;
    if (level > 0) find_child(table_of(*entry)->entry, level - 1);
    return true;
}

void ptiter::next() {
    assert(!done());
    int level = level_;
    uint64_t* following = entries_[level] + 1;
    if (reinterpret_cast<uintptr_t>(following) % PAGESIZE != 0 && find_child(following, level)) return;
    level_ = level + 1;
}

uintptr_t ptiter::va() const {
    if (done()) return uintptr_t(-1);
    uintptr_t va = 0;
    for (int level = level_; level < top_level; ++level) {
        uintptr_t index = reinterpret_cast<uintptr_t>(entries_[level]) % PAGESIZE / sizeof(uint64_t);
        va |= index << (PAGEOFFBITS + PAGEINDEXBITS * (level + 1));
    }
    return va < VA_LOWEND ? va : va | VA_HIGHMIN;
}

uintptr_t ptiter::last_va() const {
    return va() + (uintptr_t(1) << (PAGEOFFBITS + PAGEINDEXBITS * (level_ + 1)));
}

void ptiter::kfree_ptp() {
    kfree(kptr());
    set_entry(*entries_[level_], 0);
}

int virtual_memory_map(x86_64_pagetable* pagetable, uintptr_t va, uint64_t pa, size_t size, uint64_t perm,
                       x86_64_pagetable* (*allocator)()) {
    assert_eq((va | pa | size) % PAGESIZE, 0UL);
    for (vmiter it(pagetable, va); size > 0; it += PAGESIZE, pa += PAGESIZE, size -= PAGESIZE) {
        if (it.level_ > 0 && !allocator && (perm & PTE_P)) return E_NOMEM;
        if (int r = it.map_with(pa, perm, allocator); r < 0) return r;
    }
    return 0;
}

void init_table(x86_64_pagetable* table) {
    clear_page(table);
    page_at(table).is_pagetable = true;
    page_at(table).copies = 1;
}

x86_64_pagetable* new_table(int owner) {
    auto table = static_cast<x86_64_pagetable*>(kalloc(PAGESIZE, owner));
    if (table) init_table(table);
    return table;
}

uint64_t* find_entry(x86_64_pagetable* pagetable, uintptr_t va, int level) {
    uint64_t* entry = &pagetable->entry[index_at(va, 3)];
    for (int l = 3; l > level; --l) {
        if (!has_table(entry)) return nullptr;
        entry = table_of(*entry)->entry + index_at(va, l - 1);
    }
    return entry;
}

uint64_t copy_of_page(uint64_t entry, int owner) {
    void* copy = kalloc(PAGESIZE, owner);
    if (!copy) return 0;
    copy_page(copy, reinterpret_cast<const void*>(PTE_ADDR(entry)));
    return reinterpret_cast<uintptr_t>(copy) | PTE_FLAGS(entry);
}

vamapping virtual_memory_lookup(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (!it.present()) return {-1, uint64_t(-1), 0};
    return {int64_t(PAGENUMBER(it.pa())), it.pa(), it.perm()};
}
