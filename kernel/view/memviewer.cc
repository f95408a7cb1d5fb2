#include "view/memviewer.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "view/pace.hh"

constexpr int pages_per_row = 64;
constexpr int first_column = CONSOLE_COLUMNS - pages_per_row - 4;
constexpr int physical_row = 1, legend_row = 9, status_row = 10, virtual_row = 11;

// A cell of the screen: the character below, then the foreground colour, then the background colour
constexpr uint16_t color_shift = 8, background_shift = 12;
constexpr uint16_t white = 0xF, grey = 0x7, dark = 0x8, red = 0x4, kernel_color = 0x6, first_color = 0xC;
constexpr uint16_t pagetable_background = 0x1;

static pid_t shown;                     // whose virtual memory
static bool in_turn = true;

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

static uint16_t process_color(pid_t pid) {
    static const uint8_t colors[] = {first_color, 0xA, 0xE, 0xB, 0xD, 0x6, 0x2, 0x3, 0x4};
    return colors[unsigned(pid - 1) % sizeof(colors)];
}

// What a page of physical memory looks like, not reversed. `is_usable`: a process's own page, not its page table.
static uint16_t page_cell(size_t pn, bool& is_usable) {
    is_usable = false;
    if (pn >= NPAGES) return cell('?', white);
    const physical_pageinfo& page = pageinfo[pn];
    if (page.is_leaked) return cell('L', white, red);
    if (page.owner == PO_FREE) return cell('.', dark);
    if (page.owner == PO_KERNEL) return cell('K', kernel_color);
    if (page.owner == PO_RESERVED) {
        is_usable = pn == PAGENUMBER(CONSOLE_ADDR);
        return is_usable ? cell('C', grey) : cell('R', dark);
    }
    bool is_shared = page.owner == PO_SHARED;
    char letter = is_shared ? 'S' : process_letter(page.owner);
    uint16_t color = is_shared ? grey : process_color(page.owner);
    if (page.is_pagetable) return cell(letter, color, pagetable_background);
    is_usable = true;
    bool is_unused = *reinterpret_cast<const uint32_t*>(PAGEADDRESS(pn)) == 0;
    return cell(letter, is_unused ? white : color);
}

// The address of a row's first page, in eight digits
static void draw_address(int row, uintptr_t address) {
    volatile uint16_t* to = &console[CPOS(row, 1)];
    *to++ = cell('0', grey);
    *to++ = cell('x', grey);
    for (int shift = 28; shift >= 0; shift -= 4) *to++ = cell("0123456789ABCDEF"[address >> shift & 0xF], grey);
}

static void draw_physical() {
    for (size_t pn = 0; pn < NPAGES; ++pn) {
        int row = physical_row + int(pn) / pages_per_row, column = int(pn) % pages_per_row;
        if (column == 0) draw_address(row, PAGEADDRESS(pn));
        bool is_usable;
        uint16_t plain = page_cell(pn, is_usable);
        console[CPOS(row, first_column + column)] = is_usable ? reversed(plain) : plain;
    }
}

static void draw_virtual() {
    const proc& p = ptable[shown];
    bool there = shown > 0 && p.state != P_FREE;
    x86_64_pagetable* pagetable = there ? p.pagetable : nullptr;
    for (uintptr_t va = 0; va < MEMSIZE_VIRTUAL; va += pages_per_row * PAGESIZE) {
        int row = virtual_row + int(PAGENUMBER(va)) / pages_per_row;
        draw_address(row, va);
        volatile uint16_t* to = &console[CPOS(row, first_column)];
        for (int column = 0; !there && column < pages_per_row; ++column) *to++ = cell(' ', grey);
        if (!there) continue;
        vmiter it(pagetable, va);
        for (int column = 0; column < pages_per_row; ++column, it += PAGESIZE) {
            uint64_t perm = it.perm();
            bool is_usable;
            uint16_t plain = perm ? page_cell(PAGENUMBER(it.pa()), is_usable) : cell(' ', grey);
            *to++ = perm & PTE_U ? reversed(plain) : plain;
        }
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
    draw_texts();
    draw_physical();
    draw_virtual();
}
