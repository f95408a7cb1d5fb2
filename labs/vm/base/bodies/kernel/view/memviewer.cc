static void draw_headings() {
    constexpr int absent = 3;                       // the first ones: this kernel has no such pages
    draw_text(legend_row, "", grey);
    draw_text(0, heading, white);
    draw_legend(0, 17, upper_legend, 6);
    draw_legend(legend_row, 2, lower_legend + absent, 8 - absent);
}

static void draw_status(const char* title, const char* pace) {
    char text[120];
    snprintf(text, sizeof(text), "%-34.34s%4zu free%3u alive%6lu ticks %13s", title, free_pages, live_processes(),
             ticks, pace);
    draw_text(status_row, text, white);
}
// absent: size_text
