#include "../u-setjmp.h"
