// lib.hh - everything that kernel and programs share, in one include
//
//    The C library's strings and numbers as the courses teach them, printing to strings and to the
//    screen, and assertions. There are no hosted headers below this: kernel and programs stand on
//    their own.
#ifndef KINGLET_LIB_HH
#define KINGLET_LIB_HH
#include "abi.hh"
#include "check.hh"
#include "console.hh"
#include "format.hh"
#include "number.hh"
#include "random.hh"
#include "string.hh"

#endif
