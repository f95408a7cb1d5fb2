#include "view/audit.hh"
#include "lib.hh"
#include "memory/kernel_map.hh"
#include "process/process.hh"

extern "C" { extern uint8_t _kernel_start[], _kernel_end[]; }

constexpr uint64_t bits_the_cpu_sets = PTE_A | PTE_D;

enum class wrong : uint8_t {
    nothing, kernel_map, outside_memory, kernel_page, page_table, free_page, count, shared_writable, leak, owner
};

// What this check found out about one page
struct page_facts {
    uint32_t references;                // from page tables and processes
    bool is_writable;                   // by some process
    wrong finding;
    pid_t pid;                          // a process that refers to it,
    uintptr_t va;                       // and the virtual address there
};

static page_facts facts[NPAGES];
static wrong reported[NPAGES];          // what the check before this one found
static void (*report_sentence)(const char*);
static unsigned nwrong;

static void find_wrong(size_t pn, wrong what, pid_t pid, uintptr_t va, const char* format, ...)
    __attribute__((format(printf, 5, 6)));

// Note that something is wrong with a page, unless something else was found already.
static void find_wrong(size_t pn, wrong what, pid_t pid, uintptr_t va, const char* format, ...) {
    if (facts[pn].finding != wrong::nothing) return;
    facts[pn].finding = what;
    ++nwrong;
    if (reported[pn] == what) return;
    char problem[120], sentence[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof(problem), format, arguments);
    va_end(arguments);
    snprintf(sentence, sizeof(sentence), "page 0x%lx: %s (pid %d, va 0x%lx)", PAGEADDRESS(pn), problem, pid, va);
    report_sentence(sentence);
}

static page_facts& note_reference(size_t pn, pid_t pid, uintptr_t va) {
    page_facts& fact = facts[pn];
    ++fact.references;
    fact.pid = pid;
    fact.va = va;
    return fact;
}

// The part of each process's table that is the kernel's: the same as the kernel's, but for the screen.
static void check_kernel_part(const proc& p) {
    vmiter it(&p, 0);
    const uint64_t* expected = kernel_pagetable[3].entry;
    for (; it.va() < PROC_START_ADDR; it += PAGESIZE, ++expected) {
        uint64_t wanted = *expected & ~bits_the_cpu_sets;
        if (it.va() == CONSOLE_ADDR) wanted |= PTE_U;
        uint64_t found = it.present() ? (it.pa() | it.perm()) & ~bits_the_cpu_sets : 0;
        if (found == wanted) continue;
        find_wrong(PAGENUMBER(it.va()), wrong::kernel_map, p.pid, it.va(),
                   "kernel mapping, expected entry 0x%lx, found 0x%lx", wanted, found);
    }
}

static void check_own_page(const proc& p, const vmiter& it) {
    size_t pn = PAGENUMBER(it.pa());
    if (pn >= NPAGES) {
        find_wrong(0, wrong::outside_memory, p.pid, it.va(), "mapping, expected memory below 0x%x, found 0x%lx",
                   MEMSIZE_PHYSICAL, it.pa());
        return;
    }
    const physical_pageinfo& page = pageinfo[pn];
    page_facts& fact = note_reference(pn, p.pid, it.va());
    fact.is_writable |= it.writable();
    if (page.owner == PO_KERNEL || page.owner == PO_RESERVED) {
        find_wrong(pn, wrong::kernel_page, p.pid, it.va(),
                   "kernel memory, expected no user mapping, found permissions 0x%lx", it.perm());
    } else if (page.owner == PO_FREE) {
        find_wrong(pn, wrong::free_page, p.pid, it.va(),
                   "free, expected no mapping, found permissions 0x%lx", it.perm());
    } else if (page.is_pagetable) {
        find_wrong(pn, wrong::page_table, p.pid, it.va(),
                   "page table of pid %d, expected no mapping, found permissions 0x%lx", page.owner, it.perm());
    }
}

static void check_process(const proc& p) {
    note_reference(PAGENUMBER(reinterpret_cast<uintptr_t>(p.pagetable)), p.pid, 0);
    for (ptiter it(&p); !it.done(); it.next()) note_reference(PAGENUMBER(it.pa()), p.pid, it.va());
    check_kernel_part(p);
    for (vmiter it(&p, PROC_START_ADDR); it.find_mapped(uintptr_t(-1)); it.next()) check_own_page(p, it);
}

static bool is_kernel_image(size_t pn) {
    return pn >= PAGENUMBER(reinterpret_cast<uintptr_t>(_kernel_start))
        && pn < PAGENUMBER(reinterpret_cast<uintptr_t>(_kernel_end));
}

// Compare what is said about a page with what was found.
static void check_page(size_t pn) {
    physical_pageinfo& page = pageinfo[pn];
    const page_facts& fact = facts[pn];
    page.is_leaked = false;
    if (page.owner == PO_RESERVED || is_kernel_image(pn)) return;
    if (page.owner == PO_FREE && page.refcount == 0) return;
    if (fact.references == 0 && page.owner != PO_FREE) {
        find_wrong(pn, wrong::leak, page.owner, 0, "leaked: owner %d, expected %u mappings, found 0",
                   page.owner, page.refcount);
        page.is_leaked = true;
    } else if (fact.references != page.refcount) {
        find_wrong(pn, wrong::count, fact.pid, fact.va, "refcount %u, but %u mappings found",
                   page.refcount, fact.references);
    } else if (fact.references > 1 && fact.is_writable) {
        find_wrong(pn, wrong::shared_writable, fact.pid, fact.va, "writable, expected 1 mapping, found %u",
                   fact.references);
    } else if (page.owner != PO_SHARED && (fact.references > 1 || page.owner != fact.pid)) {
        find_wrong(pn, wrong::owner, fact.pid, fact.va, "owner %d, expected %d", page.owner,
                   fact.references > 1 ? PO_SHARED : fact.pid);
    }
}

unsigned audit(void (*report)(const char* sentence)) {
    report_sentence = report;
    nwrong = 0;
    memset(facts, 0, sizeof(facts));
    for (pid_t pid = 1; pid < NPROC; ++pid) {
        if (ptable[pid].state != P_FREE) check_process(ptable[pid]);
    }
    for (size_t pn = 0; pn < NPAGES; ++pn) {
        check_page(pn);
        reported[pn] = facts[pn].finding;
    }
    return nwrong;
}
