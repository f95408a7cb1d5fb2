// keyboard.hh - the PS/2 keyboard
#ifndef KINGLET_KEYBOARD_HH
#define KINGLET_KEYBOARD_HH

// Keys that are no character
constexpr int KEY_LEFT = 0x100;
constexpr int KEY_RIGHT = 0x101;
constexpr int KEY_UP = 0x102;
constexpr int KEY_DOWN = 0x103;
constexpr int KEY_PAGE_UP = 0x104;
constexpr int KEY_PAGE_DOWN = 0x105;
constexpr int KEY_CTRL_C = 3;
constexpr int KEY_CTRL_D = 4;
constexpr int KEY_ESCAPE = 0x1B;

// init_keyboard(), has_keyboard
//    Throw away what was typed before the kernel ran. Returns, and notes, whether there is a
//    controller; without one, no key is ever pressed.
bool init_keyboard();
extern bool has_keyboard;

// read_key()
//    The next key pressed: an ASCII character (with shift, a capital letter, or what is on the
//    key's upper half), or `KEY_*`. 0 if there is none, or if it means nothing here. Never waits.
int read_key();

#endif
