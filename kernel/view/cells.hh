// cells.hh - what a page of memory looks like on the screen
//
//    A cell of the screen is a character in the low byte, then the foreground colour, then the
//    background colour, here called ground. What a process may use is drawn on its owner's ground,
//    all else in a colour on black. The panels draw with these; nothing here keeps anything.
//    Invariant: letter and ground have a contrast of at least 4.5, in a terminal too, where a
//    ground is never bright; and people who cannot tell red from green can tell the grounds of
//    processes 1 to 4 apart (tests/unit/test_cells.cc).
#ifndef KINGLET_CELLS_HH
#define KINGLET_CELLS_HH
#include "device/screen.hh"
#include "process/process.hh"

constexpr uint16_t black = 0x0, blue = 0x1, green = 0x2, cyan = 0x3, red = 0x4, magenta = 0x5,
                   grey = 0x7;
constexpr uint16_t light_blue = 0x9, light_green = 0xA, light_cyan = 0xB, yellow = 0xE, white = 0xF;
constexpr uint16_t bright = 0x8;        // the bit in which a colour and a brighter one differ
constexpr uint16_t color_shift = 8, background_shift = 12;

constexpr uint16_t cell(char c, uint16_t color, uint16_t background = black) {
    return uint16_t(uint8_t(c) | color << color_shift | background << background_shift);
}

constexpr uint16_t ground_of(uint16_t drawn) {
    return drawn >> background_shift;
}

// A character on that ground, in white where the ground is dark
constexpr uint16_t on_ground(uint16_t c, uint16_t ground) {
    constexpr unsigned dark_grounds = 1 << blue | 1 << red | 1 << magenta | 1 << light_blue;
    return cell(char(c), dark_grounds >> ground & 1 ? white : black, ground);
}

// A cell for what a process may use: its colour becomes the ground
constexpr uint16_t reversed(uint16_t plain) {
    return on_ground(plain & 0xFF, plain >> color_shift & 0xF);
}

constexpr bool is_reversed(uint16_t drawn) {
    // blue: a page table; red: a leaked page
    constexpr unsigned others = 1 << black | 1 << blue | 1 << red;
    return !(others >> ground_of(drawn) & 1);
}

// The opposite of `reversed`: the ground's colour, on black
constexpr uint16_t unreversed(uint16_t drawn) {
    return is_reversed(drawn) ? cell(char(drawn), ground_of(drawn) | bright) : drawn;
}

// The same page as a page table of its owner
constexpr uint16_t table_cell(uint16_t used) {
    return on_ground(used & 0xFF, blue);
}

// The same cell with another character
constexpr uint16_t relettered(uint16_t drawn, char c) {
    return uint16_t((drawn & 0xFF00) | uint8_t(c));
}

constexpr uint16_t blank_cell = cell(' ', grey), leaked_cell = cell('L', yellow, red);
constexpr uint16_t screen_cell = on_ground('C', grey), zero_page_cell = on_ground('Z', white);
constexpr uint16_t promised_cell = cell('P', grey);

constexpr char process_letter(pid_t pid) {
    return char(pid < 10 ? '0' + pid : 'a' + pid - 10);
}

// What pages of each owner look like, from `PO_LOWEST` on
constexpr struct owner_cells {
    uint16_t cells[NPROC - PO_LOWEST];
    constexpr owner_cells()
        : cells{cell('F', light_cyan), on_ground('S', grey), cell('K', cyan), cell('R', grey),
                cell('.', grey)} {
        constexpr uint8_t grounds[] = {green, yellow, cyan, magenta, light_green, light_cyan};
        for (pid_t pid = 1; pid < NPROC; ++pid) {
            uint16_t ground = grounds[size_t(pid - 1) % sizeof(grounds)];
            cells[pid - PO_LOWEST] = on_ground(uint8_t(process_letter(pid)), ground);
        }
    }
    [[gnu::always_inline]] constexpr uint16_t operator[](int owner) const {
        return owner >= PO_LOWEST && owner < NPROC ? cells[owner - PO_LOWEST] : cell('?', white);
    }
} owner_cell;

// The cell `used` for a page that was touched lately. `entry`, its page-table entry, says whether
// it was ever written to.
constexpr uint16_t touched_cell(uint16_t used, uint64_t entry) {
    return on_ground(used & 0xFF, entry & PTE_D ? red : light_blue);
}

// The cell `used` for a page of which the first four bytes are zero
constexpr uint16_t zero_cell(uint16_t used) {
    return on_ground(used & 0xFF, white);
}

// The cell `drawn` of a page about which something has just been said
constexpr uint16_t marked_cell(uint16_t drawn) {
    return cell(char(drawn), yellow, red);
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
    return is_zero ? zero_cell(used) : used;
}

// Where things are: a heading, the upper panel's rows, two rows of text, the lower panel's rows
// down to `message_row`. In the weensy machine, each panel leaves out one row, which has only ROM
// and devices: nothing ever happens there.
constexpr size_t cells_per_row = 64;
constexpr int physical_row = 1;
constexpr uintptr_t left_out = 0xC0000, left_out_end = left_out + cells_per_row * PAGESIZE;
static_assert(left_out_end == PROC_START_ADDR);

inline int physical_rows() { return is_big() ? 8 : 7; }
inline int legend_row() { return physical_row + physical_rows(); }
inline int status_row() { return legend_row() + 1; }
inline int lower_row() { return legend_row() + 2; }
inline int lower_rows() { return message_row - lower_row(); }

inline int first_column() { return is_big() ? 14 : 12; }

// drawn_cell(pn)
//    The same as `page_cell`; in the weensy machine, read from the upper panel, which has just been
//    drawn.
[[gnu::always_inline]] inline uint16_t drawn_cell(size_t pn) {
    size_t row = pn / cells_per_row;
    constexpr size_t row_left_out = PAGENUMBER(left_out) / cells_per_row;
    if (is_big() || row == row_left_out) return page_cell(pn);
    return console[CPOS(physical_row + int(row - (row > row_left_out)), 12)
                   + int(pn % cells_per_row)];
}

// draw_margins(row, address)
//    Draw what surrounds a row's cells: before them the address of the first one. Returns that
//    cell.
volatile uint16_t* draw_margins(int row, uintptr_t address);

// draw_text(row, text, color)
//    Fill a row with `text`.
void draw_text(int row, const char* text, uint16_t color);

#endif
