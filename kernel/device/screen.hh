// screen.hh - the VGA text screen, its last four rows, and what is printed there as plain text
//
//    The screen's memory belongs to everybody: programs draw there as they like, and the kernel
//    prints for them. What is printed goes to port 0xE9 too, if somebody reads it there: as text,
//    without colours. (QEMU's debug console)
#ifndef KINGLET_SCREEN_HH
#define KINGLET_SCREEN_HH
#include <stdint.h>

constexpr int message_row = 21;         // this row and the next one are for the kernel's messages
constexpr int program_row = 23;         // the last two rows are the programs'

// init_screen(is_text)
//    Clear the screen, hide the hardware's cursor, and make the background's fourth bit brightness,
//    not blinking. With `is_text`, programs and messages have all rows, and print from the first
//    one on; else programs have the last two.
void init_screen(bool is_text);

// echo_typed(c)
//    Show a character that a person has typed, at the cursor; `\b` takes back the last one. It goes
//    to no port: who types there sees it anyway.
void echo_typed(char c);

// print_message(text, color)
//    Print a line where what programs print can be read as text: at the port, and on the screen if
//    programs have all of it.
void print_message(const char* text, int color);

// show_message(text, color), message_stays_until
//    The same; and if the kernel has its two rows, show the line in the second one, and move up
//    what was there. A line longer than a row takes both. Until the tick `message_stays_until`,
//    nothing else is to be shown there.
void show_message(const char* text, int color);
extern uint64_t message_stays_until;

#endif
