#ifndef KINGLET_INCLUDE_UNISTD_H
#define KINGLET_INCLUDE_UNISTD_H
#include "../u-unistd.h"

#ifdef __cplusplus
/* Mentioned by g++ 12's own <atomic>; defined nowhere */
extern "C" long syscall(long number, ...);
#endif
#endif
