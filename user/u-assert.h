/* u-assert.h - assertions, for programs in C++ and in C; check.hh has more of them for C++ */
#ifdef __cplusplus
#include "check.hh"
#else
#ifndef KINGLET_U_ASSERT_H
#define KINGLET_U_ASSERT_H
#define static_assert _Static_assert

/* assert(condition)
      Panic, with where and what, unless `condition` is true. */
#define assert(condition) ((condition) ? (void) 0 : assert_fail(__FILE__, __LINE__, #condition))
_Noreturn void assert_fail(const char* file, int line, const char* condition);
#endif
#endif
