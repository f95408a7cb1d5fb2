#include "view/panels.hh"
#include "lib.hh"
#include "page/recency.hh"
#include "page/zero_page.hh"

constexpr int zoom_step = 3;            // as powers of two
constexpr int widest = PAGEOFFBITS + 9 * zoom_step;     // all of the lower half is to be seen
constexpr int samples = 16;             // mapped pages looked at for one character

static int shift = PAGEOFFBITS;         // a character stands for two to this power of bytes
static uintptr_t origin = PROC_START_ADDR;

uint64_t virtual_scale() {
    return uint64_t(1) << shift;
}

// A part of the address space, which is drawn from the panel's cell number `cell` on
struct part {
    uintptr_t start, end;
    size_t cell;
};

// The weensy machine's; the big one's is set when it is drawn.
static part parts[] = {{0, left_out, 0}, {left_out_end, MEMSIZE_VIRTUAL, PAGENUMBER(left_out)}};

static size_t cell_of(part shown, uintptr_t va) {
    return shown.cell + ((va - shown.start) >> shift);
}

static size_t ncells() {
    return size_t(lower_rows()) * cells_per_row;
}

// Where the panel's cell number `n` is; `first` is the position of cell 0
static volatile uint16_t& cell_at(size_t n, int first) {
    return console[first + int(n + n / cells_per_row * (CONSOLE_COLUMNS - cells_per_row))];
}

static int first_cell() {
    return CPOS(lower_row(), first_column());
}

static void draw_nothing(uintptr_t start) {
    for (int row = lower_row(); row < message_row; ++row, start += cells_per_row << shift) {
        if (!is_big() && start == left_out) start = left_out_end;
        volatile uint16_t* to = draw_margins(row, start);
        for (size_t i = 0; i < cells_per_row; ++i) to[i] = blank_cell;
        if (start >= VA_LOWEND) draw_text(row, "", grey);
    }
}

static void draw_promises(const proc& p, part shown) {
    for (const region& r : p.regions) {
        if (r.source == region_source::nothing || r.start >= shown.end || r.end <= shown.start) {
            continue;
        }
        size_t final = cell_of(shown, min(r.end, shown.end) - 1);
        for (size_t n = cell_of(shown, max(r.start, shown.start)); n <= final; ++n) {
            cell_at(n, first_cell()) = promised_cell;
        }
    }
}

static bool is_file_page(uintptr_t pa) {
    return PAGENUMBER(pa) < npages && page_state(PAGENUMBER(pa)).owner == PO_FILE;
}

// What the page of a last-level entry looks like
[[gnu::always_inline]] static inline uint16_t mapped_cell(uint64_t entry, bool is_in_shared_table) {
    uintptr_t pa = PTE_ADDR(entry);
    uint16_t drawn = PAGENUMBER(pa) < npages ? drawn_cell(PAGENUMBER(pa)) : cell('?', white);
    if (!(entry & PTE_U)) return unreversed(drawn);
    if (is_zero_page(pa)) drawn = zero_page_cell;
    if (!is_reversed(drawn)) drawn = reversed(drawn);
    if (is_file_page(pa)) return is_touched_lately(entry) ? touched_cell(drawn, entry) : drawn;
    if (entry & PTE_SHARED) drawn = relettered(drawn, 'S');
    bool is_owed = (entry & PTE_W) && !(entry & PTE_SHARED) && is_in_shared_table;
    if ((entry & PTE_COW) || is_owed) {
        drawn = relettered(drawn, 'W');
    }
    return is_touched_lately(entry) ? touched_cell(drawn, entry) : drawn;
}

// A character a page: table by table, which is faster than page by page.
static void draw_pages(vmiter it, part shown) {
    for (int first = first_cell(); it.find_mapped(shown.end);) {
        uintptr_t va = it.va();
        uintptr_t table_end = min(round_down(va, LARGE_PAGESIZE) + LARGE_PAGESIZE, shown.end);
        bool is_shared = it.is_in_shared_table();
        for (const pt_entry* entry = &it.entry(); va < table_end; va += PAGESIZE, ++entry) {
            size_t n = shown.cell + (va - shown.start) / PAGESIZE;
            if (*entry & PTE_P) cell_at(n, first) = mapped_cell(*entry, is_shared);
        }
        it.find(va);
    }
}

// What most mapped pages look like between `it`, which is at the first one, and `end`, judged by
// the first few. If the range reaches the process's own addresses, only pages there count.
static uint16_t majority_cell(vmiter it, uintptr_t end) {
    if (it.va() < PROC_START_ADDR && end > PROC_START_ADDR) it.find(PROC_START_ADDR);
    uint16_t winner = blank_cell;
    for (int i = 0, votes = 0; i < samples && it.find_mapped(end); ++i, it.next()) {
        uint16_t look = mapped_cell(it.entry(), it.is_in_shared_table());
        if (votes == 0) winner = look;
        votes += look == winner ? 1 : -1;
    }
    return winner;
}

static void draw_majorities(vmiter it, part shown) {
    while (it.find_mapped(shown.end)) {
        size_t n = cell_of(shown, it.va());
        uintptr_t cell_end = shown.start + ((n + 1) << shift);
        cell_at(n, first_cell()) = majority_cell(it, cell_end);
        it.find(cell_end);
    }
}

static void draw_part(const proc& p, part shown) {
    draw_promises(p, shown);
    vmiter it(&p, shown.start);
    shift == PAGEOFFBITS ? draw_pages(it, shown) : draw_majorities(it, shown);
}

void draw_virtual(const proc* p) {
    uintptr_t start = is_big() ? round_down(origin, virtual_scale()) : 0;
    draw_nothing(start);
    if (!p) return;
    if (is_big()) {
        parts[0] = {start, min(start + (ncells() << shift), VA_LOWEND), 0};
        parts[1] = {0, 0, 0};
    }
    for (part each : parts) draw_part(*p, each);
}

void mark_virtual(uintptr_t va) {
    for (part each : parts) {
        if (va < each.start || va >= each.end) continue;
        volatile uint16_t& drawn = cell_at(cell_of(each, va), first_cell());
        drawn = marked_cell(drawn);
    }
}

// Show what is from `va` on, at that scale. Only in the big machine.
static void look_at(uintptr_t va, int scale) {
    if (!is_big()) return;
    origin = va;
    shift = min(max(scale, PAGEOFFBITS), widest);
}

void zoom_virtual(int direction) {
    look_at(origin, shift + direction * zoom_step);
}

void move_virtual(int rows) {
    uintptr_t distance = uintptr_t(max(rows, -rows)) * cells_per_row << shift;
    if (rows < 0) look_at(origin - min(origin, distance), shift);
    if (rows > 0 && origin + distance < VA_LOWEND) look_at(origin + distance, shift);
}

void show_next_region(const proc& p) {
    for (const region& r : p.regions) {
        if (r.start <= origin || r.source == region_source::nothing) continue;
        bool is_long = r.label == region_label::stack && r.end - r.start > ncells() << shift;
        // a stack is used at its end
        return look_at(is_long ? r.end - (ncells() << shift) : r.start, shift);
    }
    look_at(PROC_START_ADDR, shift);
}
