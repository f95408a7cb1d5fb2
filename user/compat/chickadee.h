/* chickadee.h - for a program of Chickadee (Harvard's CS161): this instead of its u-lib.hh

      Files and pipes are in u-file.hh; there are no threads. */
#ifndef KINGLET_COMPAT_CHICKADEE_H
#define KINGLET_COMPAT_CHICKADEE_H
#include "../u-lib.hh"

#define KDISPLAY_NONE 0
#define KDISPLAY_MEMVIEWER 1

inline void sys_pause() { sys_msleep(10); }
inline int sys_kdisplay(int) { return 0; }     /* the picture is for the keys to choose */

inline int sys_execv(const char* name, const char* const* arguments, size_t count) {
    const char* ended[argument_limit + 1] = {};
    if (count > argument_limit) return E_2BIG;
    for (size_t i = 0; i < count; ++i) ended[i] = arguments[i];
    return sys_execv(name, ended);
}
#endif
