// screen.hh - the VGA text screen, its last four rows, and what is printed there as plain text
//
//    The screen's memory belongs to everybody: programs draw there as they like, and the kernel prints for them. What is
//    printed goes to port 0xE9 too, if somebody reads it there: as text, without colours. (QEMU's debug console)
#ifndef KINGLET_SCREEN_HH
#define KINGLET_SCREEN_HH

constexpr int message_row = 21;         // this row and the next one are for the kernel's messages
constexpr int program_row = 23;         // the last two rows are the programs'

// init_screen(is_text)
//    Clear the screen, hide the hardware's cursor, and make the background's fourth bit brightness, not blinking. With
//    `is_text`, programs and messages have all rows, and print from the first one on; else programs have the last two.
void init_screen(bool is_text);

// show_line(text, color), print_message(text, color), show_message(text, color)
//    Show a line on the second of the kernel's two rows, what was there moving up; a line longer than a row takes both.
//    Print it as a line where what programs print can be read as text: at the port, and on the screen if programs have
//    all of it; then it has no rows of the kernel's. Do both.
void show_line(const char* text, int color);
void print_message(const char* text, int color);
void show_message(const char* text, int color);

#endif
