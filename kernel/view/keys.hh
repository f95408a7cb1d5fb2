// keys.hh - what keys mean
//
//    Keys come from the keyboard or, at given ticks, from the boot word `keys=`. Those that concern
//    the picture and the pace are dealt with here; the others are returned to `kernel.cc` as a
//    decision.
#ifndef KINGLET_KEYS_HH
#define KINGLET_KEYS_HH
#include <stdint.h>

// init_scripted_keys(text)
//    Take in `TICK:KEY,...`; ticks must not go down, a key is one character, or `left`, `right`,
//    `up`, `down`, `pageup`, `pagedown`, `space`, `enter`, `backspace`, `escape` or `ctrl-d`; or
//    `=` and a line, in which `_` stands for a blank: it is typed, with Enter behind it. Returns
//    null, or the rest of the text from where it makes no sense; the keys before it count. `text`
//    must stay.
[[nodiscard]] const char* init_scripted_keys(const char* text);

// scripted_key(tick)
//    The next scripted key that is due at or before `tick`; 0 if none is. Each is returned once.
int scripted_key(uint64_t tick);

enum class key_action {
    none,
    quit,
    start_allocators,
    start_fork,
    start_exit,
    kill
};

// press_key(key)
//    Do what `key` (see `read_key`) means, and return what is left to do for the kernel. Logs the
//    key.
[[nodiscard]] key_action press_key(int key);

#endif
