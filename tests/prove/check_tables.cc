// check_tables.cc - the page tables of one process, read as the hardware does, against the model
#include "tests/prove/checker.hh"
#include "memory/cow.hh"
#include "page/entry_area.hh"
#include "page/kernel_map.hh"
#include "page/zero_page.hh"

constexpr uint64_t used_bits = PTE_A | PTE_D;
constexpr uint64_t zero_words[NPAGETABLEENTRIES] = {};

// The use of the page at `pa`, to which something refers
page_use& checker::meet(uint64_t pa, pid_t pid, uintptr_t va) {
    if (pa < memory_start || pa >= memory_end || page_at(pa).owner == PO_FREE) {
        disagree("process %d, 0x%lx: page 0x%lx, which is %s", pid, va, pa,
                 pa >= memory_start && pa < memory_end ? "free" : "none that processes have");
    }
    page_use& use = uses_[PAGENUMBER(pa)];
    add(use.canonical);
    if (use.canonical == 0) use.canonical = ++nmet_;
    return use;
}

// What the kernel's part of a process's table allows at `va`; 0: nothing is to be there.
static uint64_t kernel_perm(uintptr_t va) {
    auto is_in = [&](const uint8_t* start, unsigned pages) {
        return va - reinterpret_cast<uintptr_t>(start) < PAGEADDRESS(pages);
    };
    if (va == CONSOLE_ADDR) return PTE_PWU | PTE_XD;
    if (is_in(entry_code, entry_code_pages)) return PTE_P;
    if (is_in(entry_tables, entry_tables_pages)) return PTE_P | PTE_XD;
    return is_in(entry_stacks, entry_stacks_pages) || is_in(entry_frame, 1) ? PTE_PW | PTE_XD : 0;
}

// An entry of the kernel's part: at identity, but for the frame, which is a page of this process alone
void checker::check_kernel_entry(pid_t pid, uintptr_t va, uint64_t entry) {
    bool is_frame = va == reinterpret_cast<uintptr_t>(entry_frame);
    uint64_t perm = kernel_perm(va), pa = is_frame ? reinterpret_cast<uint64_t>(ptable[pid].regs) : va;
    if ((entry & ~used_bits) != (perm != 0 ? pa | perm : 0)) {
        disagree("process %d: kernel mapping 0x%lx is 0x%lx", pid, va, entry);
    }
    if (!is_frame) return;
    page_use& use = meet(pa, pid, va);
    if (use.references++ > 0) disagree("process %d: its frame 0x%lx is in use twice", pid, pa);
    use.is_writable = true;
    use.user = pid;
}

// All that a table refers to. `is_shared`: the entry above it has no `PTE_W`. `is_first`: no other process had it.
void checker::walk(pid_t pid, uint64_t table, int level, uintptr_t va, bool is_shared, bool is_first) {
    auto entries = reinterpret_cast<const uint64_t*>(table);
    unsigned live = 0, first = 0;
    pid_t user = is_shared ? page_at(table).pages_owner : pid;
    if (level == 0 && va == 0) {
        for (; first < kernel_entries; ++first) {
            live += entries[first] != 0;
            check_kernel_entry(pid, PAGEADDRESS(first), entries[first]);
        }
    }
    for (unsigned i = first; i < NPAGETABLEENTRIES; i += 8) {
        const uint64_t* e = entries + i;
        if ((e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]) == 0) continue;
        for (unsigned j = i; j < i + 8; ++j) {
            if (entries[j] == 0) continue;
            ++live;
            uses_[PAGENUMBER(table)].pages += is_first && PTE_ADDR(entries[j]) != zero_page_pa();
            uintptr_t entry_va = va + (uintptr_t(j) << (PAGEOFFBITS + PAGEINDEXBITS * level));
            if (level > 0) check_upper(pid, entries[j], level, entry_va, is_shared);
            else check_leaf(pid, entries[j], entry_va, is_shared, is_first, user);
        }
    }
    check_table_page(table, live);
}

void checker::check_table_page(uint64_t table, unsigned live) {
    const physical_pageinfo& info = page_at(table);
    if (!info.is_pagetable) disagree("page 0x%lx is a page table, and not marked as one", table);
    if (info.live_entries == live) return;
    disagree("page table 0x%lx: live_entries %d, %u found", table, info.live_entries, live);
}

// An entry that refers to a table
void checker::check_upper(pid_t pid, uint64_t entry, int level, uintptr_t va, bool is_shared) {
    uint64_t flags = PTE_FLAGS(entry) & ~used_bits, table = PTE_ADDR(entry);
    bool below_is_shared = level == 1 && va != 0 && flags == PTE_PU;
    if (is_shared || (flags != PTE_PWU && !below_is_shared)) {
        disagree("process %d, 0x%lx: entry 0x%lx of level %d", pid, va, entry, level);
    }
    add(va | flags);
    page_use& use = meet(table, pid, va);
    bool is_first = use.references++ == 0;
    if (!is_first && !(use.is_in_shared && below_is_shared)) {
        disagree("process %d, 0x%lx: page table 0x%lx is in use twice", pid, va, table);
    }
    use.is_table = true;
    use.is_in_shared = below_is_shared;
    use.user = pid;
    walk(pid, table, level - 1, va, below_is_shared, is_first);
}

// An entry for a page. In a shared table it is met once for each process that has the table.
void checker::check_leaf(pid_t pid, uint64_t entry, uintptr_t va, bool is_shared, bool is_first, pid_t user) {
    uint64_t flags = PTE_FLAGS(entry) & ~used_bits, page = PTE_ADDR(entry);
    const std::vector<model_page>& pages = expected_.process(pid).space.pages;
    if (nseen_ == pages.size() || pages[nseen_].va > va) {
        disagree("process %d has a page at 0x%lx, expected none", pid, va);
    }
    const model_page& wanted = pages[nseen_++];
    if (wanted.va < va) disagree("process %d: no page at 0x%lx, expected one", pid, wanted.va);
    add(va | flags);
    bool is_zero = page == zero_page_pa();
    uint64_t effective = (flags & ~PTE_COW) | (flags & PTE_COW ? PTE_W : 0);
    uint64_t allowed = perm_of(wanted.prot);
    if (is_zero != (wanted.frame == zero_frame)) {
        disagree("process %d, 0x%lx: page 0x%lx is %s, expected otherwise", pid, va, page,
                 is_zero ? "the page of zeros" : "its own");
    }
    if (effective != allowed || ((flags & PTE_W) && (flags & PTE_COW))) {
        disagree("process %d, 0x%lx: entry 0x%lx, expected permissions 0x%lx", pid, va, entry, allowed);
    }
    check_contents(pid, page, wanted);
    if (is_zero) return;
    page_use& use = meet(page, pid, va);
    check_sharing(pid, use, page, wanted);
    use.references += is_first;
    use.is_in_shared |= is_shared;
    use.is_writable |= (flags & PTE_W) && !is_shared;
    use.is_copied |= (flags & PTE_COW) != 0;
    use.user = user;
}

// Those who have one frame in the model have one page, and nobody else has it.
void checker::check_sharing(pid_t pid, page_use& use, uint64_t page, const model_page& wanted) {
    if (use.frame == wanted.frame) return;
    if (use.frame != zero_frame) {
        disagree("process %d, 0x%lx: page 0x%lx, which others have, expected one of its own", pid, wanted.va, page);
    }
    for (const page_use& other : uses_) {
        if (other.frame != wanted.frame) continue;
        disagree("process %d, 0x%lx: page 0x%lx, expected to share 0x%lx", pid, wanted.va, page,
                 PAGEADDRESS(&other - uses_));
    }
    use.frame = wanted.frame;
}

void checker::check_contents(pid_t pid, uint64_t page, const model_page& wanted) {
    auto found = reinterpret_cast<const uint64_t*>(page);
    const uint64_t* expected = zero_words;
    if (wanted.bytes) expected = reinterpret_cast<const uint64_t*>(wanted.bytes->data());
    uint64_t difference = 0;
    for (size_t i = 0; i < NPAGETABLEENTRIES; ++i) difference |= found[i] ^ expected[i];
    for (size_t i = 0; difference != 0 && i < NPAGETABLEENTRIES; ++i) {
        if (found[i] == expected[i]) continue;
        disagree("process %d has 0x%lx at 0x%lx, expected 0x%lx", pid, found[i],
                 wanted.va + i * sizeof(uint64_t), expected[i]);
    }
    add(found[0]);
    add(found[NPAGETABLEENTRIES - 1]);
}

uint64_t* find_leaf(x86_64_pagetable* pagetable, uintptr_t va, uint64_t access, bool& was_present) {
    uint64_t* entries[4];
    x86_64_pagetable* table = pagetable;
    uint64_t allowed = ~uint64_t(0), forbidden = 0;
    for (int level = 3; level >= 0; --level) {
        auto& entry = reinterpret_cast<uint64_t&>(table->entry[index_at(va, level)]);
        was_present = entry & PTE_P;
        if (!was_present) return nullptr;
        entries[level] = &entry;
        allowed &= entry;
        forbidden |= entry;
        table = reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(entry));
    }
    if (!(allowed & PTE_U) || ((access & PFERR_WRITE) && !(allowed & PTE_W))) return nullptr;
    if ((access & PFERR_FETCH) && (forbidden & PTE_XD)) return nullptr;
    for (uint64_t* entry : entries) *entry |= PTE_A;
    if (access & PFERR_WRITE) *entries[0] |= PTE_D;
    return entries[0];
}
