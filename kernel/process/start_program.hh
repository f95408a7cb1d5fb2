// start_program.hh - a program, started by its name
//
//    Called by `process_setup`. A person has asked for the program, so the answer is in words.
#ifndef KINGLET_START_PROGRAM_HH
#define KINGLET_START_PROGRAM_HH
#include "process/process.hh"

// start_program(pid, program_name)
//    Start the program of that name as process `pid`, a child of nobody. Returns null, or what is
//    wrong; the text stays until the next call.
[[nodiscard]] const char* start_program(pid_t pid, const char* program_name);

#endif
