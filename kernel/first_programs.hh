// first_programs.hh - the processes that a person's words or keys ask for
//
//    Called by `kernel_start`, and by `kernel.cc` when a key starts everything anew.
#ifndef KINGLET_FIRST_PROGRAMS_HH
#define KINGLET_FIRST_PROGRAMS_HH
#include "lib.hh"

// True once a process was started.
extern bool anything_started;

// process_setup(pid, program_name)
//    Start the program as process `pid`. If that cannot be, say why.
void process_setup(pid_t pid, const char* program_name);

// start_programs(command)
//    Start what `command` names: a program as process 1; with an `s` behind its name, its copies as
//    processes 1 to 4.
void start_programs(const char* command);

#endif
