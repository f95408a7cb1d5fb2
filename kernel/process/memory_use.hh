// memory_use.hh - what memory there is, and what a process has of it
#ifndef KINGLET_MEMORY_USE_HH
#define KINGLET_MEMORY_USE_HH
#include "abi.hh"
#include "process/proc.hh"

// count_memory(p)
//    Count what process `p` has, in `p.counted`. Returns 0, or `E_MORE` (`work_part.hh`).
[[nodiscard]] int count_memory(proc& p);

// memory_of(p)
//    What `sys_memory` tells process `p`, for which `count_memory` has come to its end: see
//    `memory_report`.
memory_report memory_of(const proc& p);

#endif
