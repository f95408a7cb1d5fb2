#include "../u-assert.h"
