#include "view/audit.hh"
#include "lib.hh"
#include "memory/away.hh"
#include "memory/owed.hh"
#include "page/entry_area.hh"
#include "page/kernel_map.hh"
#include "page/zero_page.hh"
#include "process/files.hh"
#include "process/process.hh"
#include "view/long_look.hh"

extern "C" uint8_t _kernel_start[], _kernel_end[];

constexpr uint64_t bits_the_cpu_sets = PTE_A | PTE_D;

// What may be wrong with a page. Kept in the lower half of `finding`; above it, what the last check
// found and reported.
enum class wrong : uint8_t {
    nothing,
    leak = finding_leak,
    kernel_map,
    outside_memory,
    outside_range,
    kernel_page,
    page_table,
    free_page,
    zero_page,
    permissions,
    table_entry,
    live_entries,
    regions,
    count,
    shared_writable,
    owner
};
constexpr int finding_mask = 15, finding_shift = 4;

// In `found`, above the number of references
constexpr uint32_t is_writable_somewhere = 0x8000'0000, has_wrong_owner = 0x4000'0000;
constexpr uint32_t is_copied_somewhere = 0x2000'0000, reference_mask = 0x1FFF'FFFF;

static size_t page_of(const void* p) {
    return PAGENUMBER(reinterpret_cast<uintptr_t>(p));
}

static void (*report_sentence)(const char*);
static unsigned nwrong;
static size_t naway;                    // entries found so far that are away
static bool is_judging;                 // this is the second walk: something is wrong

static void find_wrong(size_t pn, wrong what, pid_t pid, uintptr_t va, const char* format, ...)
    __attribute__((format(printf, 5, 6)));

// Something is wrong with a page. Report it, unless something else was found first or the last
// check reported it. Page 0 remembers it for all pages that `pageinfo` does not have.
static void find_wrong(size_t pn, wrong what, pid_t pid, uintptr_t va, const char* format, ...) {
    uint8_t& finding = pageinfo[pn < npages && is_filled(pn) ? pn : 0].finding;
    if ((finding & finding_mask) == 0) {
        finding |= uint8_t(what);
        ++nwrong;
    }
    if ((finding & finding_mask) != int(what) || finding >> finding_shift == int(what)) return;
    finding = uint8_t(int(what) | int(what) << finding_shift);
    char problem[120], sentence[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof(problem), format, arguments);
    va_end(arguments);
    snprintf(sentence, sizeof(sentence), "page 0x%lx: %s (pid %d, va 0x%lx)", PAGEADDRESS(pn),
             problem, pid, va);
    report_sentence(sentence);
}

// Whether a page is copied when it is written to, and `owed.hh` knows nothing of it
static bool is_owed_nothing(const physical_pageinfo& page) {
    return (page.found & is_copied_somewhere) && (page.found & reference_mask) > 1
        && page.owner != PO_FILE && page.copies < (owed_mask & 1);
}

// All references to a page are found: say what is wrong, in the words for the one at `va`.
static void judge(size_t pn, pid_t pid, uintptr_t va, int expected_owner) {
    const physical_pageinfo& page = pageinfo[pn];
    uint32_t references = page.found & reference_mask;
    if (references != page.refcount) {
        find_wrong(pn, wrong::count, pid, va, "refcount %u, but %u mappings found", page.refcount,
                   references);
    } else if (references > 1 && (page.found & is_writable_somewhere)) {
        find_wrong(pn, wrong::shared_writable, pid, va, "writable, expected 1 mapping, found %u",
                   references);
    } else if (is_owed_nothing(page)) {
        find_wrong(pn, wrong::count, pid, va, "copy-on-write with %u mappings, but no copy is owed",
                   references);
    } else if (page.found & has_wrong_owner) {
        find_wrong(pn, wrong::owner, pid, va, "owner %d, expected %d", page.owner,
                   references > 1 ? PO_SHARED : expected_owner);
    }
}

// A page table, or an entry of one, refers to page `pn`. True for the first reference to it.
// `marks`: what else is to be noted of it.
static bool note_reference(size_t pn, pid_t pid, uintptr_t va, int expected_owner, uint32_t marks) {
    physical_pageinfo& page = pageinfo[pn];
    if (page.owner == PO_FREE) return true;
    if (is_judging) {
        judge(pn, pid, va, expected_owner);
        return true;
    }
    bool is_first = (page.found & reference_mask) == 0;
    bool is_wrong = page.owner != expected_owner || !is_first;
    if (page.owner == PO_SHARED) is_wrong = page.is_pagetable && expected_owner != PO_SHARED;
    if (page.owner == PO_FILE) is_wrong = is_first && expected_owner != PO_FILE;
    page.found = (page.found + 1) | marks | (is_wrong ? has_wrong_owner : 0);
    return is_first;
}

// What a process's page table is to have at a page that is the kernel's part of it
static uint64_t expected_entry(const proc& p, size_t pn) {
    uint64_t pa = PAGEADDRESS(pn), constant = PTE_P | PTE_XD, written = PTE_PW | PTE_XD;
    if (pa == CONSOLE_ADDR) return pa | written | PTE_U;
    if (pn - page_of(entry_code) < entry_code_pages) return pa | PTE_P;
    if (pn - page_of(entry_tables) < entry_tables_pages) return pa | constant;
    if (pn - page_of(entry_stacks) < entry_stacks_pages) return pa | written;
    if (pn == page_of(entry_frame)) return reinterpret_cast<uint64_t>(p.regs) | written;
    return 0;
}

// The part of each process's table that is the kernel's: the entry area, and the screen.
static void check_kernel_part(const proc& p) {
    note_reference(page_of(p.regs), p.pid, reinterpret_cast<uintptr_t>(entry_frame), p.pid,
                   is_writable_somewhere);
    const pt_entry* entries = find_entry(p.pagetable, 0, 0);
    for (size_t pn = 0; pn < kernel_entries; ++pn) {
        uint64_t expected = expected_entry(p, pn);
        uint64_t found = entries ? entries[pn] & ~bits_the_cpu_sets : 0;
        if (found == expected) continue;
        find_wrong(pn, wrong::kernel_map, p.pid, PAGEADDRESS(pn),
                   "kernel mapping, expected entry 0x%lx, found 0x%lx", expected, found);
    }
}

// One entry of a last-level table, for a page that belongs to `owner` unless it is shared
static void check_mapping(pid_t pid, uintptr_t va, uint64_t entry, int owner) {
    size_t pn = PAGENUMBER(PTE_ADDR(entry));
    uint64_t perm = PTE_FLAGS(entry);
    if (pn >= npages) {
        return find_wrong(pn, wrong::outside_memory, pid, va,
                          "mapping, expected memory below 0x%lx, found 0x%lx", PAGEADDRESS(npages),
                          PTE_ADDR(entry));
    }
    if (va >= user_end) {
        find_wrong(pn, wrong::outside_range, pid, va, "mapping, expected addresses below 0x%lx",
                   user_end);
    }
    physical_pageinfo page = page_state(pn);
    if (zero_page_pa() != 0 && is_zero_page(PTE_ADDR(entry))) {
        if (!(perm & (PTE_W | PTE_COW))) return;
        find_wrong(pn, wrong::zero_page, pid, va,
                   "page of zeros, expected read-only, found permissions 0x%lx", perm);
    } else if (page.owner == PO_KERNEL || page.owner == PO_RESERVED) {
        find_wrong(pn, wrong::kernel_page, pid, va,
                   "kernel memory, expected no user mapping, found permissions 0x%lx", perm);
    } else if (page.owner == PO_FREE) {
        find_wrong(pn, wrong::free_page, pid, va,
                   "free, expected no mapping, found permissions 0x%lx", perm);
    } else if (page.is_pagetable) {
        find_wrong(pn, wrong::page_table, pid, va,
                   "page table of pid %d, expected no mapping, found permissions 0x%lx", page.owner,
                   perm);
    } else if ((perm & PTE_W) && (perm & PTE_COW)) {
        find_wrong(pn, wrong::permissions, pid, va, "writable and copy-on-write: permissions 0x%lx",
                   perm);
    } else if ((perm & (PTE_W | PTE_COW)) && !(perm & PTE_XD)) {
        find_wrong(pn, wrong::permissions, pid, va, "writable and executable: permissions 0x%lx",
                   perm);
    }
    uint32_t marks = perm & PTE_W ? is_writable_somewhere
                                  : (perm & PTE_COW ? is_copied_somewhere : 0);
    if (perm & PTE_SHARED) marks = 0;               // for good
    if (is_filled(pn)) note_reference(pn, pid, va, owner, marks);
}

// Call `function(entry)` for each entry that is not 0, whatever `pageinfo` says of how many there
// are.
template <typename F>
static void for_each_there(x86_64_pagetable* table, unsigned first, F function) {
    pt_entry* end = table->entry + NPAGETABLEENTRIES;
    for (pt_entry* entry = table->entry + first; (entry = first_nonzero(entry, end)) != end;
         ++entry) {
        function(*entry);
    }
}

// `may_share`: it is a last-level table that `fork` may share.
static void check_live_entries(x86_64_pagetable* table, pid_t pid, uintptr_t va, bool may_share) {
    unsigned live = 0, pages = 0;
    for_each_there(table, 0, [&](uint64_t entry) {
        ++live;
        pages += has_own_page(entry);
    });
    const physical_pageinfo& info = page_at(table);
    size_t pn = page_of(table);
    if (live != info.live_entries) {
        find_wrong(pn, wrong::live_entries, pid, va, "page table, expected %u entries, found %u",
                   info.live_entries, live);
    } else if (owed_mask != 0 && may_share && pages + 1 != info.copies) {
        find_wrong(pn, wrong::live_entries, pid, va, "page table, expected %u pages, found %u",
                   info.copies - 1, pages);
    }
}

// Whose pages a shared last-level table has: a process's that uses it, or nobody's.
static int check_pages_owner(const proc& p, const ptiter& it) {
    int owner = page_at(it.pa()).pages_owner;
    if (owner == 0) return PO_SHARED;
    const pt_entry* theirs = owner > 0 && owner < NPROC && ptable[owner].pagetable
        ? find_entry(ptable[owner].pagetable, it.va(), 1)
        : nullptr;
    if (!theirs || PTE_ADDR(*theirs) != it.pa()) {
        find_wrong(PAGENUMBER(it.pa()), wrong::table_entry, p.pid, it.va(),
                   "page table, expected pages of who uses it, found pid %d's", owner);
    }
    return owner;
}

// A process's page tables, and the pages in them; those in a shared table once.
static void check_tables(const proc& p) {
    note_reference(page_of(p.pagetable), p.pid, 0, p.pid, is_writable_somewhere);
    check_live_entries(p.pagetable, p.pid, 0, false);
    for (ptiter it(&p); !it.done(); it.next()) {
        let_time_pass(NPAGETABLEENTRIES);
        uint64_t perm = PTE_FLAGS(*find_entry(p.pagetable, it.va(), it.level() + 1))
            & ~bits_the_cpu_sets;
        bool is_own = (perm & PTE_W) || it.level() > 0 || it.va() < LARGE_PAGESIZE;
        if (perm != (is_own ? PTE_PWU : PTE_PU)) {
            find_wrong(PAGENUMBER(it.pa()), wrong::table_entry, p.pid, it.va(),
                       "page table, expected permissions 0x%lx, found 0x%lx", PTE_PWU, perm);
        }
        if (!note_reference(PAGENUMBER(it.pa()), p.pid, it.va(), is_own ? p.pid : PO_SHARED,
                            is_own ? is_writable_somewhere : 0)) continue;
        check_live_entries(it.kptr(), p.pid, it.va(), it.level() == 0 && it.va() >= LARGE_PAGESIZE);
        if (it.level() > 0) continue;
        int owner = is_own ? p.pid : check_pages_owner(p, it);
        for_each_there(it.kptr(), it.va() == 0 ? kernel_entries : 0, [&](const pt_entry& entry) {
            uintptr_t va = it.va() + PAGEADDRESS(size_t(&entry - it.kptr()->entry));
            if (state_of(entry) == entry_state::present) check_mapping(p.pid, va, entry, owner);
            if (state_of(entry) == entry_state::away) ++naway;
        });
    }
}

static void check_regions(const proc& p) {
    uintptr_t end = PROC_START_ADDR;
    for (const region& r : p.regions) {
        if ((r.start | r.end) % PAGESIZE != 0 || r.start < end || r.start >= r.end
            || r.end > user_end) {
            find_wrong(page_of(p.pagetable), wrong::regions, p.pid, r.start,
                       "region to 0x%lx, expected pages within [0x%lx, 0x%lx)", r.end, end,
                       user_end);
        }
        end = r.end;
    }
}

static bool is_kernel_image(size_t pn) {
    return pn >= page_of(_kernel_start) && pn < page_of(_kernel_end);
}

// All references to a page are found. True if something is wrong that is to be told with one of
// them.
static bool is_to_be_judged(size_t pn) {
    const physical_pageinfo& page = pageinfo[pn];
    if (page.owner == PO_RESERVED || is_kernel_image(pn)) return false;
    if (page.owner == PO_FREE) {
        if (page.refcount != 0) {
            find_wrong(pn, wrong::count, 0, 0, "refcount %u, but free", page.refcount);
        }
        return false;
    }
    uint32_t references = page.found & reference_mask;
    if (references == 0) {
        find_wrong(pn, wrong::leak, page.owner, 0,
                   "leaked: owner %d, expected %u mappings, found 0", page.owner, page.refcount);
        return false;
    }
    return references != page.refcount || (page.found & has_wrong_owner) || is_owed_nothing(page)
        || (references > 1 && (page.found & is_writable_somewhere));
}

// What is owed, from all references that were found
static void check_owed() {
    size_t owed = 0;
    for (size_t pn = 0; pn < npages; pn = next_filled(pn + 1)) {
        let_time_pass(1);
        const physical_pageinfo& page = pageinfo[pn];
        uint32_t references = page.owner == PO_FREE ? 0 : page.found & reference_mask;
        if (references > 1) owed += (references - 1) * copies_owed(page);
    }
    if (owed == owed_pages && owed <= free_pages) return;
    find_wrong(0, wrong::count, 0, 0, "%zu pages owed and %zu free, but copies may need %zu",
               owed_pages, free_pages, owed);
}

static void check_away() {
    if (naway == away_entries) return;
    find_wrong(0, wrong::count, 0, 0, "%zu entries away, but %zu found", away_entries, naway);
}

static void check_processes() {
    naway = 0;
    // some of a big machine's come from `kalloc`
    for (ptiter it(kernel_pagetable); !it.done(); it.next()) {
        note_reference(PAGENUMBER(it.pa()), 0, it.va(), PO_KERNEL, is_writable_somewhere);
    }
    for (unsigned n = 0; n < pages_of_files(); ++n) {
        if (const void* page = page_of_files(n)) {
            note_reference(page_of(page), 0, reinterpret_cast<uintptr_t>(page), PO_FILE, 0);
        }
    }
    for (pid_t pid = NPROC - 1; pid > 0; --pid) {
        const proc& p = ptable[pid];
        if (!p.pagetable) continue;
        check_tables(p);
        check_kernel_part(p);
        check_regions(p);
    }
}

unsigned audit(void (*report)(const char* sentence)) {
    report_sentence = report;
    nwrong = 0;
    is_judging = false;
    for (size_t pn = 0; pn < npages; pn = next_filled(pn + 1)) {
        let_time_pass(1);
        pageinfo[pn].finding = uint8_t(pageinfo[pn].finding << finding_shift);
        if (pageinfo[pn].owner != PO_FREE) pageinfo[pn].found = 0;
    }
    check_processes();
    for (size_t pn = 0; pn < npages; pn = next_filled(pn + 1)) {
        let_time_pass(1);
        is_judging |= is_to_be_judged(pn);
    }
    if (is_judging) check_processes();
    if (nwrong == 0) check_owed();
    if (nwrong == 0) check_away();
    return nwrong;
}
