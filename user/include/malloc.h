#include "../u-stdlib.h"
