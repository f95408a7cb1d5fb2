// file_mappings.hh - which processes have a page of a file mapped
//
//    Nobody keeps a list of them. The regions of all processes say where in each process a page of
//    a file is, if it is there (`mapping.hh`). That is asked when a page is to be given up, when a
//    file becomes shorter, and when it is to be known what processes have written.
#ifndef KINGLET_FILE_MAPPINGS_HH
#define KINGLET_FILE_MAPPINGS_HH
#include "process/proc.hh"
#include "store/page_cache.hh"

// is_mapped(file)
//    Whether a process has a part of the file mapped.
bool is_mapped(int file);

// collect_writes(slot), collect_writes_of(file), collect_all_writes()
//    If a page of the cache was written to through a mapping since this was asked last, it is dirty
//    now. The same for all pages of a file; for all pages.
void collect_writes(unsigned slot);
void collect_writes_of(int file);
void collect_all_writes();

// take_from_all(slot)
//    No process has the page any more; each that touches it again faults.
void take_from_all(unsigned slot);

// take_if_unused(slot)
//    For `let_go_of` in `page_cache.hh`: the same, if no process has used the page since this was
//    asked last, and it is not dirty.
bool take_if_unused(unsigned slot);

#endif
