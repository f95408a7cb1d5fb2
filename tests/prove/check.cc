#include "tests/prove/checker.hh"
#include "memory/owed.hh"

void disagree(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string sentence = vprinted(format, arguments);
    va_end(arguments);
    throw disagreement{sentence};
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

std::string check_machine(const model& expected, state_name& name) {
    try {
        name = checker(expected).run();
        return "";
    } catch (const disagreement& found) {
        return found.sentence;
    }
}
