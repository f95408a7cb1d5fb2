// screen.hh - the VGA text screen, its last two rows, and what is printed there as plain text
//
//    The screen's memory belongs to everybody: programs draw there as they like, and the kernel prints for them. What is
//    printed goes to port 0xE9 too, if somebody reads it there: as text, without colours. (QEMU's debug console)
#ifndef KINGLET_SCREEN_HH
#define KINGLET_SCREEN_HH

constexpr int message_row = 23;         // this row and the next one are for messages and programs

// init_screen(is_text)
//    Clear the screen, hide the hardware's cursor, and make the background's fourth bit brightness, not blinking. With
//    `is_text`, programs and messages have all rows, and print from the first one on; else the last two.
void init_screen(bool is_text);

// show_message(text, color)
//    Show a line on the last row, what was there moving up; a line longer than a row takes both. If programs have the
//    whole screen, print it there.
void show_message(const char* text, int color);

#endif
