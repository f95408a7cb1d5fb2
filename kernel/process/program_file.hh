// program_file.hh - a program on the disk becomes a process's memory, page by page
//
//    Its segments are private mappings of its file: text is read from the disk when it is first
//    run, and is the same pages for all who run it; data is copied when it is written to. Only a
//    page that has both bytes of the file and zeros is made at once.
#ifndef KINGLET_PROGRAM_FILE_HH
#define KINGLET_PROGRAM_FILE_HH
#include "process/program_image.hh"

// load_program_file(image, space, entry)
//    As `load_program`, for a program whose `file_key` is not 0. `E_AWAY` (`mapping.hh`) if a page
//    of the file has to be read first; then it is to be done again, in another new address space.
[[nodiscard]] int load_program_file(const program& image, address_space space, uintptr_t& entry);

// check_program_file(image)
//    Why the program, the first page of whose file is in the cache, cannot be loaded: what
//    `check_program` says, or where its segments lie in the file. Null if it can.
[[nodiscard]] const char* check_program_file(const program& image);

#endif
