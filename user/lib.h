/* lib.h - what u-lib.h is called in hand-outs in C */
#include "u-lib.h"
