// screen.hh - the VGA text screen, and its last two rows
//
//    The screen's memory belongs to everybody: programs print there with `console_printf`, as the kernel does.
#ifndef KINGLET_SCREEN_HH
#define KINGLET_SCREEN_HH

constexpr int message_row = 23;         // this row and the next one are for messages and programs

// init_screen()
//    Clear the screen, hide the hardware's cursor, and make the background's fourth bit brightness, not blinking.
void init_screen();

// show_message(text, color)
//    Show a line on the last row, what was there moving up; a line longer than a row takes both.
void show_message(const char* text, int color);

#endif
