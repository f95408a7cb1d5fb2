// shared_tables.hh - what a kernel that shares no page tables has in its place
#ifndef KINGLET_SHARED_TABLES_HH
#define KINGLET_SHARED_TABLES_HH
#include "page/vmiter.hh"

// own_table(it)
//    Make the page table that `it` is in the process's own, which it always is. Returns 0.
[[nodiscard]] inline int own_table(vmiter&) { return 0; }

#endif
