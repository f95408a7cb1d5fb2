// p-allocator - a process that shall grow until no memory is left
#include "u-lib.hh"

// STEP loop: so far the process only lets others run.
void process_main() {
    for (;;) sys_yield();
}
