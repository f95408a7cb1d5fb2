// process.hh - what u-lib.hh is called in the courses' oldest C++ hand-outs
#ifndef KINGLET_USER_PROCESS_HH
#define KINGLET_USER_PROCESS_HH
#include "u-lib.hh"

// app_printf(shade, format, ...)
//    Print at the cursor, in a colour of this process's own if `shade` is 0, else in one that belongs to `shade`.
//    Beyond the last row, go on at its start.
void app_printf(int shade, const char* format, ...) SCREEN_FORMAT(2, 3);

#endif
