#include "start.hh"

void start_programs(const char* command) {
    start_processes(command);
    inspect_first_process();
}
