#include "view/panels.hh"
#include "lib.hh"

constexpr size_t samples = 32;          // pages looked at for one character
constexpr size_t zoom_step = 8;

static size_t scale;                    // pages a character; 0: so that all of memory is to be seen
static size_t first;                    // page number at the upper left

static size_t ncells() {
    return size_t(physical_rows()) * cells_per_row;
}

static size_t whole_scale() {
    size_t result = 1;
    while (is_big() && result * ncells() < npages) result *= 2;
    return result;
}

static size_t pages_per_cell() {
    return scale == 0 ? whole_scale() : scale;
}

uint64_t physical_scale() {
    return pages_per_cell() * PAGESIZE;
}

// Who has most of the pages `[pn, end)`. If most are free, the `.` has the colour of somebody who
// has one of the pages.
static uint16_t majority_cell(size_t pn, size_t end) {
    if (next_filled(pn) >= end) return owner_cell[page_state(pn + (end - pn) / 2).owner];
    uint8_t counts[NPROC - PO_LOWEST] = {}, most = 0;
    int winner = PO_FREE, user = PO_FREE;
    for (size_t step = max((end - pn) / samples, size_t(1)); pn < end; pn += step) {
        physical_pageinfo page = page_state(pn);
        if (is_leaked(page)) return leaked_cell;
        if (page.owner < PO_LOWEST || page.owner >= NPROC) continue;
        if (page.owner != PO_FREE) user = page.owner;
        if (++counts[page.owner - PO_LOWEST] <= most) continue;
        ++most;
        winner = page.owner;
    }
    return winner == PO_FREE && user != PO_FREE ? relettered(unreversed(owner_cell[user]), '.')
                                                : owner_cell[winner];
}

static void draw_row(volatile uint16_t* to, size_t pn, size_t each) {
    for (size_t i = 0; i < cells_per_row; ++i, pn += each) {
        if (pn >= npages) {
            *to++ = blank_cell;
        } else {
            *to++ = each == 1 ? page_cell(pn) : majority_cell(pn, min(pn + each, npages));
        }
    }
}

void draw_physical() {
    size_t pn = first, each = pages_per_cell();
    for (int row = 0; row < physical_rows(); ++row, pn += each * cells_per_row) {
        if (!is_big() && pn == PAGENUMBER(left_out)) pn = PAGENUMBER(left_out_end);
        draw_row(draw_margins(physical_row + row, PAGEADDRESS(pn)), pn, each);
    }
}

void mark_physical(size_t pn) {
    size_t n = (pn - first) / pages_per_cell();
    if (!is_big() && pn >= PAGENUMBER(left_out)) n -= cells_per_row;
    if (pn < first || n >= ncells() || (!is_big() && pn - PAGENUMBER(left_out) < cells_per_row)) {
        return;
    }
    volatile uint16_t& drawn = console[CPOS(physical_row + int(n / cells_per_row), first_column())
                                       + int(n % cells_per_row)];
    drawn = marked_cell(drawn);
}

void zoom_physical(int direction) {
    if (!is_big()) return;
    scale = direction > 0 ? pages_per_cell() * zoom_step
                          : max(pages_per_cell() / zoom_step, size_t(1));
    if (scale >= whole_scale()) scale = first = 0;
}

void move_physical(int direction) {
    if (!is_big()) return;
    size_t half = pages_per_cell() * ncells() / 2;
    if (direction < 0) first -= min(first, half);
    if (direction > 0 && first + 2 * half < npages) first += half;
}
