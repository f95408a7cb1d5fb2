#include "view/memviewer.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "view/pace.hh"

constexpr size_t pages_per_row = 64;
constexpr int first_column = 12;
constexpr int physical_row = 1, legend_row = 9, status_row = 10, virtual_row = 11;

// A cell of the screen: the character below, then the foreground colour, then the background colour
constexpr uint16_t color_shift = 8, background_shift = 12;
constexpr uint16_t white = 0xF, grey = 0x7, dark = 0x8, red = 0x4, kernel_color = 0x6, first_color = 0xC;
constexpr uint16_t pagetable_background = 0x1;

static pid_t shown;                     // whose virtual memory
static bool in_turn = true;
static uint16_t page_cells[NPAGES];     // how each physical page looks in the drawing being made, not reversed

static constexpr uint16_t cell(char c, uint16_t color, uint16_t background = 0) {
    return uint16_t(uint8_t(c) | color << color_shift | background << background_shift);
}

// Black on the cell's own colour
static constexpr uint16_t reversed(uint16_t plain) {
    return uint16_t((plain & 0xFF) | (plain >> color_shift & 0xF) << background_shift);
}

static char process_letter(pid_t pid) {
    return char(pid < 10 ? '0' + pid : 'a' + pid - 10);
}

// What a page in use by each process looks like, not reversed
static uint16_t process_cells[NPROC];

static void init_process_cells() {
    static const uint8_t colors[] = {first_color, 0xA, 0xE, 0xB, 0xD, 0x6, 0x2, 0x3, 0x4};
    for (pid_t pid = 1; pid < NPROC; ++pid) {
        process_cells[pid] = cell(process_letter(pid), colors[size_t(pid - 1) % sizeof(colors)]);
    }
}

// What a page of physical memory looks like, not reversed. `is_usable`: by a process, so it is no page table.
static uint16_t page_cell(size_t pn, bool& is_usable) {
    is_usable = false;
    const physical_pageinfo& page = pageinfo[pn];
    if (page.is_leaked) return cell('L', white, red);
    if (page.owner == PO_FREE) return cell('.', dark);
    if (page.owner == PO_KERNEL) return cell('K', kernel_color);
    if (page.owner == PO_RESERVED) {
        is_usable = pn == PAGENUMBER(CONSOLE_ADDR);
        return is_usable ? cell('C', grey) : cell('R', dark);
    }
    uint16_t used = page.owner > 0 && page.owner < NPROC ? process_cells[page.owner] : cell('S', grey);
    if (page.is_pagetable) return uint16_t(used | pagetable_background << background_shift);
    is_usable = true;
    bool is_zero = *reinterpret_cast<const uint32_t*>(PAGEADDRESS(pn)) == 0;
    return is_zero ? uint16_t(used | white << color_shift) : used;
}

// Draw what surrounds a row's pages: before them the address of the first one. Returns that page's cell.
static volatile uint16_t* draw_margins(int row, uintptr_t address) {
    volatile uint16_t* to = &console[CPOS(row, 0)];
    *to++ = cell(' ', grey);
    *to++ = cell('0', grey);
    *to++ = cell('x', grey);
    for (int shift = 28; shift >= 0; shift -= 4) *to++ = cell("0123456789ABCDEF"[address >> shift & 0xF], grey);
    *to++ = cell(' ', grey);
    for (size_t column = pages_per_row; column < CONSOLE_COLUMNS - first_column; ++column) to[column] = cell(' ', grey);
    return to;
}

static void draw_physical() {
    volatile uint16_t* to = nullptr;
    for (size_t pn = 0; pn < NPAGES; ++pn) {
        if (pn % pages_per_row == 0) to = draw_margins(physical_row + int(pn / pages_per_row), PAGEADDRESS(pn));
        bool is_usable;
        uint16_t plain = page_cell(pn, is_usable);
        page_cells[pn] = plain;
        *to++ = is_usable ? reversed(plain) : plain;
    }
}

// Uses what `draw_physical` found out.
static void draw_virtual() {
    volatile uint16_t* to = nullptr;
    for (size_t n = 0; n < PAGENUMBER(MEMSIZE_VIRTUAL); ++n) {
        if (n % pages_per_row == 0) to = draw_margins(virtual_row + int(n / pages_per_row), PAGEADDRESS(n));
        *to++ = cell(' ', grey);
    }
    const proc& p = ptable[shown];
    if (shown == 0 || p.state == P_FREE) return;
    for (vmiter it(&p); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        size_t n = PAGENUMBER(it.va()), pn = PAGENUMBER(it.pa());
        uint16_t plain = pn < NPAGES ? page_cells[pn] : cell('?', white);
        console[CPOS(virtual_row, first_column) + n + n / pages_per_row * (CONSOLE_COLUMNS - pages_per_row)]
            = it.user() ? reversed(plain) : plain;
    }
}

static void draw_text(int row, const char* text, uint16_t color) {
    for (int column = 0; column < CONSOLE_COLUMNS; ++column) {
        console[CPOS(row, column)] = cell(*text ? *text : ' ', color);
        if (*text) ++text;
    }
}

static void draw_legend() {
    static constexpr struct {
        uint16_t sample;
        const char* meaning;
    } legend[] = {
        {cell('.', dark), "free"}, {cell('K', kernel_color), "kernel"}, {cell('R', dark), "reserved"},
        {reversed(cell('C', grey)), "screen"}, {reversed(cell('S', grey)), "shared"}, {cell('L', white, red), "leaked"},
        {cell('1', first_color, pagetable_background), "table"}, {reversed(cell('1', white)), "zero"},
        {reversed(cell('1', first_color)), "used"},
    };
    draw_text(legend_row, "", grey);
    volatile uint16_t* to = &console[CPOS(legend_row, 2)];
    for (auto& entry : legend) {
        *to++ = entry.sample;
        ++to;
        for (const char* c = entry.meaning; *c; ++c) *to++ = cell(*c, grey);
        ++to;
    }
}

static void draw_texts() {
    draw_text(0, "PHYSICAL MEMORY                                                          Kinglet", white);
    draw_legend();
    char title[48], pace[24], status[120];
    pace_text(pace, sizeof(pace));
    const proc& p = ptable[shown];
    if (shown > 0 && p.state != P_FREE) {
        snprintf(title, sizeof(title), "VIRTUAL MEMORY OF %c %s(%s)", process_letter(shown),
                 p.state == P_FAULTED ? "STOPPED " : "", p.image->name);
    } else {
        snprintf(title, sizeof(title), "VIRTUAL MEMORY");
    }
    snprintf(status, sizeof(status), "%-34.34s%4zu free%3u alive%6lu ticks %13s", title, free_pages, live_processes(),
             ticks, pace);
    draw_text(status_row, status, white);
}

void show_process(pid_t pid) {
    in_turn = pid == 0;
    if (pid > 0 && pid < NPROC) shown = pid;
}

static void move_on(int direction) {
    for (int i = 0, pid = shown; i < NPROC; ++i) {
        pid = (pid + direction + NPROC) % NPROC;
        if (ptable[pid].state != P_FREE) {
            shown = pid;
            return;
        }
    }
}

void show_neighbour(int direction) {
    in_turn = false;
    move_on(direction);
}

void show_next_in_turn() {
    if (in_turn) move_on(1);
}

void draw_memory() {
    if (in_turn && ptable[shown].state == P_FREE) move_on(1);
    if (!process_cells[1]) init_process_cells();
    draw_texts();
    draw_physical();
    draw_virtual();
}
