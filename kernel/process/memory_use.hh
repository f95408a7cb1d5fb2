// memory_use.hh - what memory there is, and what a process has of it
#ifndef KINGLET_MEMORY_USE_HH
#define KINGLET_MEMORY_USE_HH
#include "abi.hh"
#include "process/proc.hh"

// memory_of(p)
//    What `sys_memory` tells process `p`: see `memory_report`. Takes time for each page that the
//    process has.
memory_report memory_of(proc& p);

#endif
