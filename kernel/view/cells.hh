// cells.hh - what a page of memory looks like on the screen
//
//    A cell of the screen is a character in the low byte, then the foreground colour, then the background colour. What
//    a process may use is drawn black on its owner's colour, all else in its colour on black. The panels draw with
//    these; nothing here keeps anything.
#ifndef KINGLET_CELLS_HH
#define KINGLET_CELLS_HH
#include "process/process.hh"

constexpr uint16_t black = 0x0, blue = 0x1, red = 0x4, grey = 0x7, dark = 0x8, white = 0xF;
constexpr uint16_t color_shift = 8, background_shift = 12;

constexpr uint16_t cell(char c, uint16_t color, uint16_t background = black) {
    return uint16_t(uint8_t(c) | color << color_shift | background << background_shift);
}

// Black on the cell's own colour
constexpr uint16_t reversed(uint16_t plain) {
    return uint16_t((plain & 0xFF) | (plain >> color_shift & 0xF) << background_shift);
}

constexpr bool is_reversed(uint16_t drawn) {
    return (drawn >> color_shift & 0xF) == black;
}

// Its colour on black
constexpr uint16_t unreversed(uint16_t drawn) {
    return is_reversed(drawn) ? uint16_t((drawn & 0xFF) | drawn >> background_shift << color_shift) : drawn;
}

// A page table of the process whose used pages look like that
constexpr uint16_t table_cell(uint16_t used) {
    return uint16_t(unreversed(used) | blue << background_shift);
}

// The same cell with another character
constexpr uint16_t relettered(uint16_t drawn, char c) {
    return uint16_t((drawn & 0xFF00) | uint8_t(c));
}

constexpr uint16_t blank_cell = cell(' ', grey), leaked_cell = cell('L', white, red);
constexpr uint16_t screen_cell = reversed(cell('C', grey)), zero_page_cell = reversed(cell('Z', white));
constexpr uint16_t promised_cell = cell('P', grey);

constexpr char process_letter(pid_t pid) {
    return char(pid < 10 ? '0' + pid : 'a' + pid - 10);
}

// What pages of each owner look like, from `PO_SHARED` on
constexpr struct owner_cells {
    uint16_t cells[NPROC - PO_SHARED];
    constexpr owner_cells()
        : cells{reversed(cell('S', grey)), cell('K', 0x6), cell('R', dark), cell('.', dark)} {
        constexpr uint8_t colors[] = {0xC, 0xA, 0xE, 0xB, 0xD, 0x6, 0x2, 0x3, 0x4};
        for (pid_t pid = 1; pid < NPROC; ++pid) {
            cells[pid - PO_SHARED] = reversed(cell(process_letter(pid), colors[size_t(pid - 1) % sizeof(colors)]));
        }
    }
    [[gnu::always_inline]] constexpr uint16_t operator[](int owner) const {
        return owner >= PO_SHARED && owner < NPROC ? cells[owner - PO_SHARED] : cell('?', white);
    }
} owner_cell;

// The cell `used` for a page that was touched lately: by its page-table entry, written to or only read.
constexpr uint16_t touched_cell(uint16_t used, uint64_t entry) {
    uint16_t color = !(entry & PTE_D) ? blue : used >> background_shift == white ? red : white;
    return uint16_t((used & 0xF0FF) | color << color_shift);
}

constexpr bool is_leaked(const physical_pageinfo& page) {
    return (page.finding & 15) == finding_leak;
}

inline bool is_big() { return npages > PAGENUMBER(MEMSIZE_PHYSICAL); }

// page_cell(pn)
//    What a page of physical memory looks like.
[[gnu::always_inline]] inline uint16_t page_cell(size_t pn) {
    physical_pageinfo page = pn < PAGENUMBER(MEMSIZE_PHYSICAL) ? pageinfo[pn] : page_state(pn);
    if (is_leaked(page)) return leaked_cell;
    uint16_t used = owner_cell[page.owner];
    if (!is_reversed(used)) return pn == PAGENUMBER(CONSOLE_ADDR) ? screen_cell : used;
    if (page.is_pagetable) return table_cell(used);
    bool is_zero = *reinterpret_cast<const uint32_t*>(PAGEADDRESS(pn)) == 0;
    return is_zero ? uint16_t(used | white << background_shift) : used;
}

// Where things are: the upper panel's rows, two rows of text, the lower panel's rows
constexpr int physical_row = 1, legend_row = 9, status_row = 10, lower_row = 11;
constexpr int physical_rows = 8, lower_rows = 12;
constexpr size_t cells_per_row = 64;

inline int first_column() { return is_big() ? 14 : 12; }

// drawn_cell(pn)
//    The same as `page_cell`; in the weensy machine, read from the upper panel, which has just been drawn.
[[gnu::always_inline]] inline uint16_t drawn_cell(size_t pn) {
    if (is_big()) return page_cell(pn);
    return console[CPOS(physical_row, 12) + int(pn + pn / cells_per_row * (CONSOLE_COLUMNS - cells_per_row))];
}

// draw_margins(row, address)
//    Draw what surrounds a row's cells: before them the address of the first one. Returns that cell.
volatile uint16_t* draw_margins(int row, uintptr_t address);

// draw_text(row, text, color)
//    Fill a row with `text`.
void draw_text(int row, const char* text, uint16_t color);

#endif
