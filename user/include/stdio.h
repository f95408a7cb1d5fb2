#include "../u-stdio.h"
