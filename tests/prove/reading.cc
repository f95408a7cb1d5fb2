#include "tests/prove/reading.hh"

extern "C" { extern const uint8_t _kernel_start[], _kernel_end[]; }

namespace {

constexpr uintptr_t span(int level) { return uintptr_t(1) << (PAGEOFFBITS + PAGEINDEXBITS * level); }

// What the hardware makes of one address
struct translation {
    uint64_t entry = 0;                 // the last one on the way
    uint64_t allowed = PTE_PWU, forbidden = 0;      // what the entries above it say
    int level = 3;                      // of the table that `entry` is in
    bool is_present() const { return level == 0 && (entry & PTE_P); }
    uint64_t perm() const {
        return is_present() ? (PTE_FLAGS(entry) & (allowed | ~PTE_PWU)) | (forbidden & PTE_XD) : 0;
    }
    bool permits(uint64_t wanted) const { return (perm() & wanted) == wanted; }
    uintptr_t end(uintptr_t va) const { return (va | (span(level) - 1)) + 1; }
};

translation translate(const x86_64_pagetable* table, uintptr_t va) {
    translation t;
    for (;; --t.level) {
        t.entry = table->entry[va / span(t.level) % NPAGETABLEENTRIES];
        if (t.level == 0 || !(t.entry & PTE_P)) return t;
        t.allowed &= t.entry;
        t.forbidden |= t.entry;
        table = reinterpret_cast<const x86_64_pagetable*>(PTE_ADDR(t.entry));
    }
}

bool is_right(const vmiter& it, const proc& p, uintptr_t va) {
    translation t = translate(p.pagetable, va);
    uint64_t pa = t.is_present() ? PTE_ADDR(t.entry) + va % PAGESIZE : uint64_t(-1);
    auto pointer = t.is_present() ? reinterpret_cast<void*>(pa) : nullptr;
    return it.va() == va && it.pagetable() == p.pagetable && it.present() == t.is_present() && it.pa() == pa
        && it.kptr() == pointer && it.perm() == t.perm() && it.perm(PTE_PWU) == t.permits(PTE_PWU)
        && it.writable() == t.permits(PTE_PW) && it.user() == t.permits(PTE_PU) && it.last_va() == t.end(va)
        && it.range_size() == t.end(va) - va && it.low() == (va < VA_LOWEND) && !it.done() && it.entry() == t.entry
        && it.is_in_shared_table() == (t.level == 0 && !(t.allowed & PTE_W));
}

// Where what covers `va` ends: behind the lower half, the hole is skipped.
uintptr_t next_range(const proc& p, uintptr_t va) {
    uintptr_t end = translate(p.pagetable, va).end(va);
    return end == VA_LOWEND ? VA_HIGHMIN : end;
}

// From one page to others, in every way that an iterator can go
const char* wrong_move(const proc& p, uintptr_t va, uintptr_t other) {
    vmiter it(&p, va + 5);
    if (!is_right(it, p, va + 5)) return "at first";
    if (!is_right(it.find(other), p, other)) return "after find()";
    if (!is_right(it += intptr_t(va - other), p, va)) return "after +=";
    if (!is_right(it -= intptr_t(va - other), p, other)) return "after -=";
    if (!is_right(it + PAGESIZE, p, other + PAGESIZE)) return "after +";
    if (!is_right(it - PAGESIZE, p, other - PAGESIZE)) return "after -";
    if (!is_right(++it, p, other + 1)) return "after ++";
    if (!is_right(--it, p, other)) return "after --";
    it.next();
    if (!is_right(it, p, next_range(p, other))) return "after next()";
    it.find(va).next_range();
    if (!is_right(it, p, next_range(p, va))) return "after next_range()";
    if (it.find(VA_HIGHMIN).low() || !it.find(uintptr_t(-1)).done()) return "at the end";
    return nullptr;
}

const char* wrong_lookup(const proc& p, uintptr_t va) {
    translation t = translate(p.pagetable, va), next = translate(p.pagetable, va + PAGESIZE);
    vamapping found = virtual_memory_lookup(p.pagetable, va);
    uint64_t pa = t.is_present() ? PTE_ADDR(t.entry) : uint64_t(-1);
    int64_t pn = t.is_present() ? int64_t(PAGENUMBER(pa)) : -1;
    if (found.pn != pn || found.pa != pa || found.perm != t.perm()) return "in virtual_memory_lookup()";
    uint64_t both = t.is_present() && next.is_present()
        ? (t.perm() & next.perm() & ~PTE_XD) | ((t.perm() | next.perm()) & PTE_XD) : 0;
    vmiter it(&p, va + 8);
    if (it.range_perm(PAGESIZE - 8) != t.perm() || it.range_perm(PAGESIZE) != both) return "in range_perm()";
    if (it.range_perm(PAGESIZE, PTE_PU) != ((both & PTE_PU) == PTE_PU)) return "in range_perm(size, permissions)";
    return nullptr;
}

// The mapped pages, in their order
const char* wrong_listing(const proc& p, const std::vector<uintptr_t>& places) {
    vmiter it(&p, PROC_START_ADDR);
    for (uintptr_t va : places) {
        if (!translate(p.pagetable, va).is_present()) continue;
        if (!it.find_mapped(user_end) || it.va() != va) return "in find_mapped()";
        it.next();
    }
    return it.find_mapped(user_end) ? "after the last mapped page" : nullptr;
}

// The tables below `table`, children before their parents
void list_tables(const x86_64_pagetable* table, int level, uintptr_t va, std::vector<uintptr_t>& list) {
    for (size_t i = 0; i < NPAGETABLEENTRIES; ++i) {
        uint64_t entry = table->entry[i];
        if (!(entry & PTE_P)) continue;
        uintptr_t start = va + i * span(level);
        auto below = reinterpret_cast<const x86_64_pagetable*>(PTE_ADDR(entry));
        if (level > 1) list_tables(below, level - 1, start, list);
        for (uintptr_t x : {uintptr_t(level - 1), start, start + span(level), PTE_ADDR(entry)}) list.push_back(x);
    }
}

const char* wrong_tables(const proc& p) {
    std::vector<uintptr_t> expected, found;
    list_tables(p.pagetable, 3, 0, expected);
    ptiter it(&p);
    for (; !it.done(); it.next()) {
        if (!it.low() || reinterpret_cast<uintptr_t>(it.kptr()) != it.pa()) return "in ptiter::low() or kptr()";
        for (uintptr_t x : {uintptr_t(it.level()), it.va(), it.last_va(), it.pa()}) found.push_back(x);
    }
    return expected != found ? "in ptiter" : it.low() ? "in ptiter::low()" : nullptr;
}

const char* wrong_page_state() {
    const size_t kernel_start = PAGENUMBER(reinterpret_cast<uintptr_t>(_kernel_start));
    const size_t kernel_end = PAGENUMBER(reinterpret_cast<uintptr_t>(_kernel_end));
    for (size_t pn = 0; pn < npages; pn += pn <= kernel_end ? 1 : 61) {      // what follows is all the same
        physical_pageinfo state = page_state(pn);
        bool is_kernels = pn >= kernel_start && pn < kernel_end;
        if (is_kernels != (state.owner == PO_KERNEL)) return "in the owners of the kernel's own pages";
        if (!is_filled(pn) || memcmp(&state, &pageinfo[pn], sizeof(state)) != 0) return "in page_state()";
        if (next_filled(pn) != pn) return "in next_filled()";
    }
    return nullptr;
}

}

std::string check_reading(const std::vector<uintptr_t>& places) {
    if (const char* wrong = wrong_page_state()) return std::string("the kernel reads something else ") + wrong;
    for (pid_t pid = 1; pid < NPROC; ++pid) {
        const proc& p = ptable[pid];
        if (!p.pagetable) continue;
        const char* wrong = wrong_listing(p, places);
        if (!wrong) wrong = wrong_tables(p);
        for (size_t i = 0; i < places.size() && !wrong; ++i) {
            uintptr_t va = places[i];
            wrong = wrong_lookup(p, va);
            if (!wrong) wrong = wrong_move(p, va, places[(i + 1) % places.size()]);
            if (wrong) return printed("process %d: the kernel reads something else at 0x%lx, %s", pid, va, wrong);
        }
        if (wrong) return printed("process %d: the kernel reads something else %s", pid, wrong);
    }
    return "";
}
