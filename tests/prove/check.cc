#include "tests/prove/check.hh"
#include "memory/cow.hh"
#include "page/entry_area.hh"
#include "page/kernel_map.hh"
#include "memory/owed.hh"
#include "page/zero_page.hh"

namespace {

constexpr uint64_t used_bits = PTE_A | PTE_D;
constexpr uint64_t zero_words[NPAGETABLEENTRIES] = {};

struct disagreement {
    std::string sentence;
};

[[noreturn]] __attribute__((format(printf, 1, 2))) void disagree(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string sentence = vprinted(format, arguments);
    va_end(arguments);
    throw disagreement{sentence};
}

// What was found out about one physical page
struct page_use {
    uint32_t references = 0;
    unsigned canonical = 0;             // 1 for the first page met, and so on; 0: not met
    bool is_table = false, is_in_shared = false, is_writable = false, is_copied = false;
    pid_t user = 0;                     // whose it is if it is one process's
    frame_number frame = zero_frame;    // the model's frame that it is, once it was met
    unsigned pages = 0;                 // in a page table, the page of zeros not counted
};

class checker {
public:
    explicit checker(const model& expected)
        : expected_(expected) {}
    state_name run();

private:
    void add(uint64_t x);
    void check_kept();
    void check_process(pid_t pid);
    void check_memory(pid_t pid);
    void check_regions(pid_t pid);
    void check_promises(pid_t pid);
    void walk(pid_t pid, uint64_t table, int level, uintptr_t va, bool is_shared, bool is_first);
    void check_kernel_entry(pid_t pid, uintptr_t va, uint64_t entry);
    void check_upper(pid_t pid, uint64_t entry, int level, uintptr_t va, bool is_shared);
    void check_leaf(pid_t pid, uint64_t entry, uintptr_t va, bool is_shared, bool is_first, pid_t user);
    void check_contents(pid_t pid, uint64_t page, const model_page& wanted);
    void check_sharing(pid_t pid, page_use& use, uint64_t page, const model_page& wanted);
    void check_table_page(uint64_t table, unsigned live);
    page_use& meet(uint64_t pa, pid_t pid, uintptr_t va);
    void check_page(size_t pn);
    void check_copies(const physical_pageinfo& page, const page_use& use, uintptr_t pa);
    void check_free_list();
    void check_owed();

    const model& expected_;
    state_name name_;
    page_use uses_[PAGENUMBER(memory_end)];
    unsigned nmet_ = 0;
    size_t owed_ = 0;                   // pages that copies may still need
    size_t nseen_ = 0;                  // pages of the process that is being checked
};

// Two of the mixers that are known to be good (the constants are those of xxHash and of MurmurHash's finaliser).
void checker::add(uint64_t x) {
    name_.low = (name_.low ^ x) * 0x9E37'79B1'85EB'CA87;
    name_.low ^= name_.low >> 32;
    name_.high = (name_.high + x) * 0xFF51'AFD7'ED55'8CCD;
    name_.high ^= name_.high >> 29;
}

state_name checker::run() {
    for (pid_t pid = 1; pid < NPROC; ++pid) check_process(pid);
    for (pid_t pid = 1; pid < NPROC; ++pid) {           // in which order they ended
        pid_t before = 0;
        for (pid_t i = 1; i < NPROC; ++i) before += ptable[i].ended != 0 && ptable[i].ended < ptable[pid].ended;
        bool has_ended = ptable[pid].state == P_EXITED || ptable[pid].state == P_FAULTED;
        add(has_ended ? uint64_t(before) : 0);
    }
    check_kept();
    for (size_t pn = PAGENUMBER(memory_start); pn < PAGENUMBER(memory_end); ++pn) check_page(pn);
    check_free_list();
    check_owed();
    return name_;
}

void checker::check_kept() {
    unsigned kept[NPROC] = {};
    for (const kept_end& end : expected_.kept()) {
        const kept_end* found = kept_child(ptable[end.parent], any_child);
        bool is_first = kept[end.parent]++ == 0;
        if (is_first && (!found || found->pid != end.pid || found->status != end.status)) {
            disagree("process %d: its child %d ended with %d, which is not kept", end.parent, end.pid, end.status);
        }
        for (int x : {int(end.parent), int(end.pid), int(end.status)}) add(uint64_t(x));
    }
    for (pid_t pid = 1; pid < NPROC; ++pid) {
        bool is_there = ptable[pid].state != P_FREE && ptable[pid].state != P_EXITED;
        if (is_there && ptable[pid].kept != kept[pid]) {
            disagree("process %d: %u ends are kept, expected %u", pid, ptable[pid].kept, kept[pid]);
        }
    }
}

void checker::check_process(pid_t pid) {
    const proc& p = ptable[pid];
    const model_process& wanted = expected_.process(pid);
    if (p.state != wanted.state) disagree("process %d is in state %d, expected %d", pid, p.state, wanted.state);
    if ((p.pagetable != nullptr) != wanted.has_memory()) disagree("process %d in state %d %s memory", pid, p.state,
                                                                  p.pagetable ? "has" : "has no");
    add(uint64_t(p.state));
    if (p.state == P_FREE) return;
    int children = 0;
    for (pid_t i = 1; i < NPROC; ++i) {
        children += expected_.process(i).state != P_FREE && expected_.process(i).parent == pid;
    }
    if (p.parent != wanted.parent) disagree("process %d: parent %d, expected %d", pid, p.parent, wanted.parent);
    if (p.children != children) disagree("process %d: %d children, expected %d", pid, p.children, children);
    if (p.state != P_EXITED && p.is_orphan != wanted.is_orphan) disagree("process %d: is_orphan %d", pid, p.is_orphan);
    if (p.status != wanted.status) disagree("process %d: status %d, expected %d", pid, p.status, wanted.status);
    for (uint64_t x : {uint64_t(p.parent), uint64_t(p.is_orphan), uint64_t(p.status)}) add(x);
    if (p.pagetable) check_memory(pid);
}

void checker::check_memory(pid_t pid) {
    const model_process& wanted = expected_.process(pid);
    check_regions(pid);
    uint64_t table = reinterpret_cast<uint64_t>(ptable[pid].pagetable);
    page_use& use = meet(table, pid, 0);
    if (use.references++ > 0) disagree("process %d: its page table 0x%lx is in use twice", pid, table);
    use.is_table = true;
    use.user = pid;
    nseen_ = 0;
    walk(pid, table, 3, 0, false, true);
    if (nseen_ == wanted.space.pages.size()) return;
    disagree("process %d: no page at 0x%lx, expected one", pid, wanted.space.pages[nseen_].va);
}

uint64_t perm_of(int prot) {
    return PTE_P | (prot != PROT_NONE ? PTE_U : 0) | (prot & PROT_WRITE ? PTE_W : 0) | (prot & PROT_EXEC ? 0 : PTE_XD);
}

// The promises, and that the list of regions is as it must be
void checker::check_regions(pid_t pid) {
    const region_list& list = ptable[pid].regions;
    const heap_bounds& heap = ptable[pid].heap;
    const model_space& wanted = expected_.process(pid).space;
    if (heap.start != wanted.heap_start || heap.end != wanted.heap_break) {
        disagree("process %d: heap [0x%lx, 0x%lx), expected [0x%lx, 0x%lx)", pid, heap.start,
                 heap.end, wanted.heap_start, wanted.heap_break);
    }
    add(heap.end);
    const region* before = nullptr;
    for (const region& r : list) {
        if (r.start >= r.end || (r.start | r.end) % PAGESIZE != 0 || (before && r.start < before->end)) {
            disagree("process %d: region [0x%lx, 0x%lx) is no region, or overlaps", pid, r.start, r.end);
        }
        bool is_same = before && before->perm == r.perm && before->source == r.source
            && before->label == r.label;
        if (is_same && before->end == r.start) {
            disagree("process %d: regions that say the same meet at 0x%lx", pid, r.start);
        }
        for (uint64_t x : {r.start, r.end, r.perm, uint64_t(r.source), uint64_t(r.label)}) add(x);
        if ((r.source == region_source::nothing) != (r.label == region_label::guard)) {
            disagree("process %d: region at 0x%lx is a guard in one way only", pid, r.start);
        }
        before = &r;
    }
    if (size_t(list.end() - list.begin()) > max_regions) disagree("process %d: too many regions", pid);
    check_promises(pid);
}

// What is promised, against the model
void checker::check_promises(pid_t pid) {
    const region* r = ptable[pid].regions.begin();
    for (const model_promise& wanted : expected_.process(pid).space.promises) {
        if (r == ptable[pid].regions.end()) {
            disagree("process %d: nothing is promised at 0x%lx", pid, wanted.start);
        }
        bool is_guard = wanted.label == region_label::guard;
        bool is_right = r->start == wanted.start && r->end == wanted.end && r->label == wanted.label
            && (is_guard || r->perm == perm_of(wanted.prot));
        if (!is_right) {
            disagree("process %d: promise %d of [0x%lx, 0x%lx) with permissions 0x%lx, expected "
                     "%d of [0x%lx, 0x%lx) with 0x%lx", pid, int(r->label), r->start, r->end, r->perm,
                     int(wanted.label), wanted.start, wanted.end, is_guard ? 0 : perm_of(wanted.prot));
        }
        ++r;
    }
    if (r == ptable[pid].regions.end()) return;
    disagree("process %d: 0x%lx is promised, expected nothing", pid, r->start);
}

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
uint64_t kernel_perm(uintptr_t va) {
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

// A page of memory, now that all references are known
void checker::check_page(size_t pn) {
    const physical_pageinfo& page = pageinfo[pn];
    const page_use& use = uses_[pn];
    if (page.owner == PO_RESERVED) return;
    if (page.refcount != use.references) {
        disagree("page 0x%lx: refcount %u, %u references found", PAGEADDRESS(pn), page.refcount, use.references);
    }
    if ((page.owner == PO_FREE) != (use.references == 0)) disagree("page 0x%lx: owner %d, %u references",
                                                                   PAGEADDRESS(pn), page.owner, use.references);
    if (page.owner == PO_FREE) {
        if (!is_poisoned(PAGEADDRESS(pn))) disagree("page 0x%lx is free, and was written to", PAGEADDRESS(pn));
        return;
    }
    if (page.is_pagetable != use.is_table) disagree("page 0x%lx: is_pagetable %d", PAGEADDRESS(pn), page.is_pagetable);
    if (use.is_writable && use.references > 1) {
        disagree("page 0x%lx may be written at once, and has %u references", PAGEADDRESS(pn), use.references);
    }
    bool is_one_owners = use.references == 1 && (!use.is_table || !use.is_in_shared);
    bool is_right = page.owner == PO_SHARED ? use.is_table == (use.is_table && use.is_in_shared)
                                            : page.owner == use.user && is_one_owners;
    if (!is_right) disagree("page 0x%lx: owner %d, %u references, the last of process %d", PAGEADDRESS(pn), page.owner,
                            use.references, use.user);
    check_copies(page, use, PAGEADDRESS(pn));
    add(uint64_t(use.canonical) << 32 | uint32_t(page.owner));
    if (!use.is_table) add(page.copies);
    if (use.is_table) add(uint64_t(uint16_t(page.pages_owner)));
}

// What a copy for each but one of those who share a page, or a page table, takes
void checker::check_copies(const physical_pageinfo& page, const page_use& use, uintptr_t pa) {
    unsigned copies = use.is_table ? 1 + use.pages : page.copies;
    if (use.references < 2 || owed_mask == 0) return;
    if (page.copies != copies || copies > (use.is_table ? copies : 1) || (use.is_copied && copies == 0)) {
        disagree("page 0x%lx: a copy takes %u pages, expected %u", pa, page.copies, use.is_table ? copies : 1);
    }
    owed_ += (use.references - 1) * copies;
}

void checker::check_owed() {
    if (owed_pages != owed_ || owed_pages > free_pages) {
        disagree("%zu of %zu free pages are owed, copies may need %zu", owed_pages, free_pages, owed_);
    }
}

// `free_pages` pages, each the next of one other, but for the first.
void checker::check_free_list() {
    size_t count = 0;
    bool is_next[PAGENUMBER(memory_end)] = {};
    for (size_t pn = PAGENUMBER(memory_start); pn < PAGENUMBER(memory_end); ++pn) {
        if (pageinfo[pn].owner != PO_FREE) continue;
        ++count;
        uint32_t next = pageinfo[pn].next;
        if (next >= PAGENUMBER(memory_end) || (next != 0 && pageinfo[next].owner != PO_FREE)) {
            disagree("page 0x%lx: next free page is 0x%lx", PAGEADDRESS(pn), PAGEADDRESS(next));
        }
        if (is_next[next]) disagree("page 0x%lx is on the free list twice", PAGEADDRESS(next));
        is_next[next] = true;
    }
    if (count != free_pages) disagree("free_pages is %zu, %zu found", free_pages, count);
    add(count);
}

}

std::string check_machine(const model& expected, state_name& name) {
    try {
        name = checker(expected).run();
        return "";
    } catch (const disagreement& found) {
        return found.sentence;
    }
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
