#include "../u-string.h"
