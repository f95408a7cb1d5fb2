/* xv6-x86.h - for a program of xv6 (MIT), as its x86 version has them: this instead of its own
   headers

      There `printf` has a file before its format, and a process ends without a status. */
#ifndef KINGLET_COMPAT_XV6_X86_H
#define KINGLET_COMPAT_XV6_X86_H
#include "xv6.h"

#undef wait
#define wait() xv6_wait(0)
#define exit() sys_exit(0)
#define printf dprintf
#endif
