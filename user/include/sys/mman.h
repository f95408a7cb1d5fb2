#ifndef KINGLET_INCLUDE_SYS_MMAN_H
#define KINGLET_INCLUDE_SYS_MMAN_H
#include "../../u-mman.h"
#endif
