#include "view/cells.hh"
#include "lib.hh"

volatile uint16_t* draw_margins(int row, uintptr_t address) {
    volatile uint16_t* to = &console[CPOS(row, 0)];
    *to++ = blank_cell;
    if (!is_big()) {
        *to++ = cell('0', grey);
        *to++ = cell('x', grey);
    }
    for (int shift = is_big() ? 44 : 28; shift >= 0; shift -= 4) {
        *to++ = cell("0123456789ABCDEF"[address >> shift & 0xF], grey);
    }
    *to++ = blank_cell;
    for (int column = first_column() + int(cells_per_row); column < CONSOLE_COLUMNS; ++column) {
        console[CPOS(row, column)] = blank_cell;
    }
    return to;
}

void draw_text(int row, const char* text, uint16_t color) {
    volatile uint16_t* to = &console[CPOS(row, 0)];
    volatile uint16_t* end = to + CONSOLE_COLUMNS;
    while (*text && to < end) *to++ = cell(*text++, color);
    while (to < end) *to++ = cell(' ', color);
}
