// process.hh - what u-lib.hh is called in the courses' oldest C++ hand-outs
#ifndef KINGLET_USER_PROCESS_HH
#define KINGLET_USER_PROCESS_HH
#include "u-lib.hh"

// app_printf(shade, format, ...)
//    Print at the cursor, in a colour of this process's own if `shade` is 0, else in one that
//    belongs to `shade`. Returns the position behind it.
int app_printf(int shade, const char* format, ...) SCREEN_FORMAT(2, 3);
int app_vprintf(int shade, const char* format, va_list arguments) SCREEN_FORMAT(2, 0);

#endif
