#include "start.hh"

// Start what `command` names; then see what is to be seen of process 1.
static void start_programs(const char* command) {
    start_processes(command);
    inspect_first_process();
}
