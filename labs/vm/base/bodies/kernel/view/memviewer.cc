static void draw_headings() {
    draw_text(0, "PHYSICAL MEMORY", white);
    for (int i = 0; version[i]; ++i) console[CPOS(0, version_column + i)] = cell(version[i], white);
    draw_upper_legend(0, 17, version_column);
    draw_text(legend_row(), "", grey);
    draw_lower_legend(legend_row(), 2, CONSOLE_COLUMNS);
}

static void draw_status(const char* title, const char* pace) {
    char text[120];
    snprintf(text, sizeof(text), "%-34.34s%4zu free%3u alive%6lu ticks %13s", title, free_pages, live_processes(),
             ticks, pace);
    draw_text(status_row(), text, white);
}
// absent: size_text
