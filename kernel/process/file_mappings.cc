#include "process/file_mappings.hh"
#include "memory/owed.hh"

bool is_mapped(int file) {
    for (const proc& p : ptable) {
        if (!p.pagetable) continue;
        for (const region& r : p.regions) {
            if (r.file() == file) return true;
        }
    }
    return false;
}

static uintptr_t page_of(const cached_page& c) {
    return reinterpret_cast<uintptr_t>(c.page);
}

// Call `function(entry)` for each entry of a process that has this page. A table that several
// processes share comes up for each of them. What a `fork` has made so far has the same regions.
template <typename F>
static void for_each_mapping(const cached_page& c, F function) {
    if (page_at(c.page).refcount == 1) return;
    for (proc& p : ptable) {
        if (!p.pagetable) continue;
        for (const region& r : p.regions) {
            uint64_t offset = PAGEADDRESS(uint64_t(c.number) - r.first_page);
            if (r.file() != c.file || c.number < r.first_page) continue;
            if (offset >= r.end - r.start) continue;
            x86_64_pagetable* const pagetables[] = {p.pagetable, p.begun};
            for (x86_64_pagetable* pagetable : pagetables) {
                pt_entry* entry = pagetable ? find_entry(pagetable, r.start + offset, 0) : nullptr;
                if (!entry || !(*entry & PTE_P) || PTE_ADDR(*entry) != page_of(c)) continue;
                function(*entry);
            }
        }
    }
}

/// What was written

static bool has_written(pt_entry& entry) {
    if ((entry & (PTE_SHARED | PTE_D)) != (PTE_SHARED | PTE_D)) return false;
    set_flags(entry, PTE_FLAGS(entry) & ~PTE_D);    // in force from the next `mov cr3` on
    return true;
}

void collect_writes(unsigned slot) {
    cached_page& c = cached_at(slot);
    bool is_written = page_at(c.page).is_written;
    page_at(c.page).is_written = false;
    for_each_mapping(c, [&](pt_entry& entry) { is_written |= has_written(entry); });
    if (is_written) mark_dirty(slot);
}

void collect_writes_of(int file) {
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        const cached_page& c = cached_at(slot);
        if (c.state == cached::ready && c.file == file) collect_writes(slot);
    }
}

void collect_all_writes() {
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        if (cached_at(slot).state == cached::ready) collect_writes(slot);
    }
}

/// Giving up

// The table that an entry is in has one page fewer to be copied for each of those who share it.
static void take_from(pt_entry& entry) {
    const physical_pageinfo& table = page_at(&entry);
    void* page = reinterpret_cast<void*>(PTE_ADDR(entry));
    owed_pages -= (table.refcount - 1) & owed_mask;
    set_entry(entry, 0);
    kfree(page);
}

void take_from_all(unsigned slot) {
    collect_writes(slot);
    for_each_mapping(cached_at(slot), take_from);
}

// Whether the current process executes its instruction from this page. A page that is given up for
// that instruction must not be it, or the instruction would never come to its end. A call's `rip`
// is already behind it.
static bool is_executed(const cached_page& c) {
    constexpr uintptr_t longest_instruction = 15, call = 2;     // bytes
    if (!current->pagetable) return false;
    uintptr_t start = current->regs->reg_rip - call;
    const uintptr_t ends[] = {start, start + call + longest_instruction - 1};
    for (uintptr_t va : ends) {
        if (va >= user_end) continue;
        const pt_entry* entry = find_entry(current->pagetable, va, 0);
        if (entry && (*entry & PTE_P) && PTE_ADDR(*entry) == page_of(c)) return true;
    }
    return false;
}

bool take_if_unused(unsigned slot) {
    cached_page& c = cached_at(slot);
    bool is_used = false;
    if (page_at(c.page).refcount == 1 && !page_at(c.page).is_written) return true;
    if (is_executed(c)) return false;
    for_each_mapping(c, [&](pt_entry& entry) {
        is_used |= (entry & PTE_A) != 0;
        set_flags(entry, PTE_FLAGS(entry) & ~PTE_A);
    });
    collect_writes(slot);
    if (is_used || c.is_dirty) return false;
    for_each_mapping(c, take_from);
    return page_at(c.page).refcount == 1;
}
