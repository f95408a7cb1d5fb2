#include "view/legend.hh"
#include "lib.hh"
#include "view/cells.hh"

// A sample with a digit stands for its colours, any other sample for its letter.
struct legend_entry {
    uint16_t sample;
    const char* meaning;
};

static constexpr uint16_t used = owner_cell[1];

// clang-format off
static constexpr legend_entry upper_legend[] = {
    {leaked_cell, "leak"}, {owner_cell[PO_FREE], "free"}, {owner_cell[PO_KERNEL], "kernel"},
    {owner_cell[PO_RESERVED], "reserved"}, {screen_cell, "screen"},
    {owner_cell[PO_SHARED], "shared"}, {owner_cell[PO_FILE], "file"},
};
static constexpr legend_entry lower_legend[] = {
    {relettered(owner_cell[PO_SHARED], 'W'), "copy on write"},
    {zero_page_cell, "zeros"}, {promised_cell, "promised"},
    {table_cell(used), "table"}, {zero_cell(used), "zero"}, {touched_cell(used, 0), "read"},
    {touched_cell(used, PTE_D), "written"}, {marked_cell(used), "just now"},
};
// clang-format on

static bool is_letter_there[256], are_colors_there[256];

void begin_legend() {
    memset(is_letter_there, 0, sizeof(is_letter_there));
    memset(are_colors_there, 0, sizeof(are_colors_there));
}

void note_panel(int row, int rows) {
    uint16_t last = blank_cell;
    for (; rows > 0; --rows, ++row) {
        const volatile uint16_t* drawn = &console[CPOS(row, first_column())];
        for (size_t i = 0; i < cells_per_row; ++i) {
            uint16_t c = drawn[i];
            if (c == last) continue;
            last = c;
            is_letter_there[c & 0xFF] = true;
            if (c != zero_page_cell && c != leaked_cell) are_colors_there[c >> color_shift] = true;
        }
    }
}

static bool is_there(uint16_t sample) {
    uint8_t letter = sample & 0xFF;
    return letter == '1' ? are_colors_there[sample >> color_shift] : is_letter_there[letter];
}

static int draw_entry(const legend_entry& entry, int row, int column, int end) {
    int next = column + int(strlen(entry.meaning)) + 3;
    if (!is_there(entry.sample) || next > end + 1) return column;
    console[CPOS(row, column)] = entry.sample;
    column += 2;
    for (const char* c = entry.meaning; *c; ++c) console[CPOS(row, column++)] = cell(*c, grey);
    return next;
}

int draw_upper_legend(int row, int column, int end) {
    for (const legend_entry& entry : upper_legend) column = draw_entry(entry, row, column, end);
    return column;
}

int draw_lower_legend(int row, int column, int end) {
    for (const legend_entry& entry : lower_legend) column = draw_entry(entry, row, column, end);
    return column;
}
