#include "view/panels.hh"
#include "lib.hh"
#include "page/entry_area.hh"
#include "view/long_look.hh"

// The panel being drawn: lines below a heading; those from number `first` on are shown, as far as
// there is room.
static int first, room, count;

static void begin_lines(const char* heading, int first_line, int rows) {
    draw_text(lower_row(), heading, white);
    for (int n = 1; n <= rows; ++n) draw_text(lower_row() + n, "", grey);
    first = first_line;
    room = rows;
    count = 0;
}

static void add_line(const char* format, ...) __attribute__((format(printf, 1, 2)));
static void add_line(const char* format, ...) {
    int n = count++ - first;
    if (n < 0 || n >= room) return;
    char text[CONSOLE_COLUMNS + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    draw_text(lower_row() + 1 + n, text, grey);
}

// What a process has, by the counts that `pageinfo` keeps of its page tables
static void draw_totals(const proc& p) {
    char text[CONSOLE_COLUMNS + 1];
    uint64_t tables = 1, shared = 0, mapped = 0, promised = 0;
    for (ptiter it(&p); !it.done(); it.next()) {
        let_time_pass(NPAGETABLEENTRIES);
        const physical_pageinfo& table = page_at(it.pa());
        ++tables;
        shared += table.refcount > 1;
        if (it.level() == 0) mapped += table.live_entries;
    }
    for (const region& r : p.regions) {
        if (r.source != region_source::nothing) promised += PAGENUMBER(r.end - r.start);
    }
    const uint32_t* faults = p.faults;
    snprintf(text, sizeof(text),
             "faults: zero page %u, heap %u, stack %u, copy %u, reuse %u, table %u, file %u",
             faults[FAULT_ZERO], faults[FAULT_HEAP], faults[FAULT_STACK], faults[FAULT_COPY],
             faults[FAULT_REUSE], faults[FAULT_TABLE], faults[FAULT_FILE]);
    draw_text(lower_row() + lower_rows() - 2, text, grey);
    snprintf(text, sizeof(text), "pages: %lu mapped, %lu in regions; page tables: %lu, %lu shared",
             mapped - live_kernel_entries, promised, tables, shared);
    draw_text(lower_row() + lower_rows() - 1, text, grey);
}

int draw_regions(const proc& p, int first_line) {
    static const char* const labels[] = {"heap", "stack", "guard", "mapping", "program"};
    draw_totals(p);
    begin_lines("REGION FROM     TO                PAGES PERM LABEL   FAULTS", first_line,
                lower_rows() - 3);
    for (const region& r : p.regions) {
        bool is_open = r.label != region_label::guard && (r.perm & PTE_U);
        char perm[] = {is_open ? 'r' : '-', is_open && (r.perm & PTE_W) ? 'w' : '-',
                       is_open && !(r.perm & PTE_XD) ? 'x' : '-', 0};
        add_line("0x%012lx  0x%012lx %8lu %-4s %-7s %6u", r.start, r.end,
                 PAGENUMBER(r.end - r.start), perm, labels[int(r.label)], r.faults);
    }
    return count;
}

// Add a line for `table` and each one below it.
static void add_tables(const x86_64_pagetable* table, int level, uintptr_t va) {
    let_time_pass(NPAGETABLEENTRIES);
    const physical_pageinfo& page = page_at(table);
    // what each entry covers
    uint64_t size = uint64_t(1) << (PAGEOFFBITS + PAGEINDEXBITS * level);
    char sharing[24] = "";
    if (page.refcount > 1) snprintf(sharing, sizeof(sharing), "shared by %u", page.refcount);
    add_line("%*s%-*d 0x%012lx  0x%012lx  0x%09lx %7u  %s", 3 - level, "", 5 + level, level, va,
             va + size * NPAGETABLEENTRIES, reinterpret_cast<uintptr_t>(table), page.live_entries,
             sharing);
    for (unsigned i = 0; level > 0 && i < NPAGETABLEENTRIES; ++i) {
        uint64_t entry = table->entry[i], pa = PTE_ADDR(entry);
        if (!(entry & PTE_P) || (entry & PTE_PS) || PAGENUMBER(pa) >= npages) continue;
        add_tables(reinterpret_cast<const x86_64_pagetable*>(pa), level - 1, va + size * i);
    }
}

int draw_tables(const proc& p, int first_line) {
    begin_lines("LEVEL    FROM            TO              TABLE AT    ENTRIES", first_line,
                lower_rows() - 1);
    add_tables(p.pagetable, 3, 0);
    return count;
}
