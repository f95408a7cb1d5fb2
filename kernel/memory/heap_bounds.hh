// heap_bounds.hh - where a process's heap lies: what `heap.cc` knows of each process
#ifndef KINGLET_HEAP_BOUNDS_HH
#define KINGLET_HEAP_BOUNDS_HH
#include <stdint.h>

struct heap_bounds {
    uintptr_t start = 0;                // page-aligned
    uintptr_t end = 0;                  // in bytes
};

#endif
