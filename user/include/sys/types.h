#include "../../u-unistd.h"
