#ifndef KINGLET_INCLUDE_CTYPE_H
#define KINGLET_INCLUDE_CTYPE_H
#include "../u-string.h"

/* Names of another C library that g++ 12's own headers mention where they include this one */
enum {
    _ISupper = 1, _ISlower = 2, _ISalpha = 4, _ISdigit = 8, _ISxdigit = 16,
    _ISspace = 32, _ISprint = 64,
    _ISgraph = 128, _ISblank = 256, _IScntrl = 512, _ISpunct = 1024, _ISalnum = 2048
};
#endif
