#include "page/vmiter.hh"
#include "abi.hh"

// Follow tables from the top-level one towards `va`, as far as there are any.
void vmiter::walk(uintptr_t va) {
    pt_entry* entry = pagetable_->entry + index_at(va, 3);
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
    if (level_ <= 1 && (va ^ va_) < span_of(level_ + 1)) {        // still in the same table
        entry_ += intptr_t(index_at(va, level_)) - intptr_t(index_at(va_, level_));
        va_ = va;
        if (level_ > 0 && has_table(entry_)) walk(va);
    } else {
        if (va >= VA_LOWEND && va < VA_HIGHMIN) va = va < va_ ? VA_LOWEND - 1 : VA_HIGHMIN;
        walk(va);
    }
    return *this;
}

// Move to the first entry at or after `va_` that is not 0. False if there is none before `end`.
bool vmiter::skip_empty(uintptr_t end) {
    while (va_ < end) {
        pt_entry* entry = first_nonzero(entry_, table_end(entry_));
        if (entry == entry_) return true;
        uintptr_t skipped = uintptr_t(entry - entry_) * span_of(level_);
        advance((va_ & ~range_mask()) + skipped);
    }
    return false;
}

bool vmiter::skip_unmapped(uintptr_t end) {
    while (skip_empty(end)) {
        if (present()) return true;
        next();
    }
    return false;
}

uint64_t vmiter::range_perm(size_t size) const {
    uint64_t result = ~uint64_t(0);     // with `PTE_XD` inverted, so that `&` serves it too
    for (vmiter it = *this; size > 0; it.next()) {
        uint64_t perm = it.perm();
        if (perm == 0) return 0;
        result &= perm ^ PTE_XD;
        size_t in_page = PAGESIZE - it.va_ % PAGESIZE;
        if (size <= in_page) return result ^ PTE_XD;
        size -= in_page;
        uintptr_t end = it.va_ + in_page;
        if (end == VA_LOWEND || end == 0) return 0;     // the range reaches the hole, or the end
    }
    return result;
}

int vmiter::add_tables(int level, x86_64_pagetable* (*allocator)()) {
    assert(!present());                 // a large page: the kernel's own, which stays as it is
    x86_64_pagetable* tables[3];
    int owner = page_at(pagetable_).owner;
    for (int i = level; i < level_; ++i) {
        void* page = allocator ? allocator() : kalloc(PAGESIZE, owner);
        tables[i] = static_cast<x86_64_pagetable*>(page);
        if (!tables[i]) {
            while (i-- > level) kfree(tables[i]);
            return E_NOMEM;
        }
        init_table(tables[i]);
    }
    while (level_ > level) {
        x86_64_pagetable* table = tables[--level_];
        set_entry(*entry_, reinterpret_cast<uintptr_t>(table) | PTE_PWU);
        entry_ = table->entry + index_at(va_, level_);
    }
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

// An address without its upper 16 bits, so that it can be reckoned with across the hole between the
// halves.
static constexpr uintptr_t low_bits(uintptr_t va) {
    return va & (2 * VA_LOWEND - 1);
}

ptiter::ptiter(x86_64_pagetable* pagetable, uintptr_t start, uintptr_t end)
    : final_(low_bits(end - 1)), level_(top_level) {
    find_below(pagetable, top_level - 1, low_bits(start));
}

// In `table`, of level `level + 1`, go to the first entry for `va` or a later address that has a
// table; from there go down as far as there are tables. False, with nothing changed, if there is no
// such entry.
bool ptiter::find_below(x86_64_pagetable* table, int level, uintptr_t va) {
    bool is_found = false;
    for (; level >= 0 && va <= final_; --level) {
        uintptr_t span = span_of(level + 1);
        pt_entry* first = table->entry + index_at(va, level + 1);
        pt_entry* last = table_end(first);
        bool ends_here = (va ^ final_) < span_of(level + 2);
        if (ends_here) last = table->entry + index_at(final_, level + 1) + 1;
        pt_entry* entry = first_nonzero(first, last);
        while (entry != last && !has_table(entry)) entry = first_nonzero(entry + 1, last);
        if (entry == last) break;
        if (entry != first) va = (va & ~(span - 1)) + uintptr_t(entry - first) * span;
        va_ = va & ~(span - 1);
        entries_[level] = entry;
        level_ = level;
        table = table_of(*entry);
        is_found = true;
    }
    return is_found;
}

void ptiter::find_next() {
    assert(!done());
    uintptr_t following = va_ + span_of(level_ + 1);
    bool is_last_of_table = index_at(following, level_ + 1) == 0;
    if (!is_last_of_table && find_below(table_with(&entry()), level_, following)) return;
    ++level_;
    va_ &= ~(span_of(level_ + 1) - 1);
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the page table
void ptiter::kfree_ptp() {
    kfree(kptr());
    set_entry(entry(), 0);
}

int virtual_memory_map(x86_64_pagetable* pagetable, uintptr_t va, uint64_t pa, size_t size,
                       uint64_t perm, x86_64_pagetable* (*allocator)()) {
    assert_eq((va | pa | size) % PAGESIZE, 0UL);
    for (vmiter it(pagetable, va); size > 0; it += PAGESIZE, pa += PAGESIZE, size -= PAGESIZE) {
        if (it.level_ > 0 && !allocator && (perm & PTE_P)) return E_NOMEM;
        if (int r = it.map_with(pa, perm, allocator); r < 0) return r;
    }
    return 0;
}

vamapping virtual_memory_lookup(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (!it.present()) return {-1, uint64_t(-1), 0};
    return {int64_t(PAGENUMBER(it.pa())), it.pa(), it.perm()};
}
