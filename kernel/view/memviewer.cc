#include "view/memviewer.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "process/files.hh"
#include "version.hh"
#include "view/happened.hh"
#include "view/legend.hh"
#include "view/pace.hh"
#include "view/panels.hh"

enum class lower_panel {
    memory,
    regions,
    tables
};

static pid_t shown;                     // whose virtual memory
static bool in_turn = true;
static lower_panel panel = lower_panel::memory;
static int first_line;                  // of a panel of text
static int line_count;                  // as last drawn
static uint64_t drawn_changes;          // `page_changes` then

static bool is_there(pid_t pid) {
    return pid > 0 && ptable[pid].pagetable;
}

static void title_text(char* buffer, size_t size) {
    static const char* const titles[] = {"VIRTUAL MEMORY", "REGIONS", "PAGE TABLES"};
    const proc& p = ptable[shown];
    size_t length = strlcpy(buffer, titles[int(panel)], size);
    if (shown == 0) return;
    if (!is_there(shown)) {
        snprintf(buffer + length, size - length, " OF %c: no process", process_letter(shown));
        return;
    }
    snprintf(buffer + length, size - length, " OF %c %s(%s)", process_letter(shown),
             p.state == P_FAULTED ? "STOPPED " : "", p.image->name);
}

static void size_text(char* buffer, size_t size, uint64_t bytes) {
    const char* unit = "KMGT";
    for (bytes /= 1024; bytes >= 1024; bytes /= 1024) ++unit;
    snprintf(buffer, size, "%lu %ciB", bytes, *unit);
}

static constexpr char version[] = "Kinglet " KINGLET_VERSION;
static constexpr int version_column = CONSOLE_COLUMNS - int(sizeof(version) - 1);
static_assert(version_column >= 66, "KINGLET_VERSION is too long for the screen");

static void draw_headings() {
    draw_text(legend_row(), "", grey);
    if (!is_big()) {
        draw_text(0, "PHYSICAL MEMORY", white);
        for (int i = 0; version[i]; ++i) {
            console[CPOS(0, version_column + i)] = cell(version[i], white);
        }
        draw_upper_legend(0, 17, version_column);
        draw_lower_legend(legend_row(), 2, CONSOLE_COLUMNS);
        return;
    }
    char text[120], size[16], scale[48];
    size_text(size, sizeof(size), physical_scale());
    snprintf(scale, sizeof(scale), "1 character = %lu pages (%s)", physical_scale() / PAGESIZE,
             size);
    snprintf(text, sizeof(text), "PHYSICAL MEMORY  %-36s%9zu free%4u alive", scale, free_pages,
             live_processes());
    draw_text(0, text, white);
    draw_lower_legend(legend_row(), draw_upper_legend(legend_row(), 2, CONSOLE_COLUMNS),
                      CONSOLE_COLUMNS);
}

static void draw_status(const char* title, const char* pace) {
    char text[120], size[16], scale[48] = "";
    if (!is_big()) {
        snprintf(text, sizeof(text), "%-34.34s%4zu free%3u alive%6lu ticks %13s", title, free_pages,
                 live_processes(), ticks, pace);
    } else {
        size_text(size, sizeof(size), virtual_scale());
        if (panel == lower_panel::memory) snprintf(scale, sizeof(scale), "1 character = %s", size);
        snprintf(text, sizeof(text), "%-32.32s %-21s%6lu ticks%14s", title, scale, ticks, pace);
    }
    draw_text(status_row(), text, white);
}

static void draw_lower() {
    const proc* p = is_there(shown) ? &ptable[shown] : nullptr;
    if (panel == lower_panel::memory) {
        draw_virtual(p);
    } else if (!p) {
        for (int row = lower_row(); row < message_row; ++row) draw_text(row, "", grey);
    } else {
        line_count = panel == lower_panel::regions ? draw_regions(*p, first_line)
                                                   : draw_tables(*p, first_line);
    }
}

void show_process(pid_t pid) {
    in_turn = pid == 0;
    if (pid > 0 && pid < NPROC) shown = pid;
}

pid_t shown_process() {
    return is_there(shown) ? shown : 0;
}

static void move_on(int direction) {
    for (int i = 0, pid = shown; i < NPROC; ++i) {
        pid = (pid + direction + NPROC) % NPROC;
        if (is_there(pid)) {
            shown = pid;
            first_line = 0;
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

void keep_somebody_shown() {
    if (in_turn && !is_there(shown)) move_on(1);
}

void show_next_panel() {
    panel = panel == lower_panel::tables ? lower_panel::memory : lower_panel(int(panel) + 1);
    first_line = 0;
}

void move_lower(int rows) {
    if (panel == lower_panel::memory) {
        move_virtual(rows);
    } else {
        first_line = max(0, min(first_line + rows, line_count - 1));
    }
}

void show_next_part() {
    if (is_there(shown)) show_next_region(ptable[shown]);
}

void memshow(bool all) {
    keep_somebody_shown();
    char title[64], pace[24];
    title_text(title, sizeof(title));
    pace_text(pace, sizeof(pace));
    if (is_keyboard_taken() && !pace_is_held()) strlcpy(pace, "Esc: commands", sizeof(pace));
    draw_status(title, pace);
    if (!all && page_changes == drawn_changes && !is_news()) return;
    drawn_changes = page_changes;
    draw_physical();
    let_interrupts_in();
    draw_lower();
    bool is_memory_shown = panel == lower_panel::memory;
    mark_happened(is_memory_shown ? shown_process() : 0);
    begin_legend();
    note_panel(physical_row, physical_rows());
    if (is_memory_shown) note_panel(lower_row(), lower_rows());
    draw_headings();
    show_happened();
}
