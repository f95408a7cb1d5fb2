// family.hh - the end of several processes at once, as a key asks for it
#ifndef KINGLET_FAMILY_HH
#define KINGLET_FAMILY_HH
#include "process/process.hh"

// end_everybody()
//    End all processes.
void end_everybody();

// end_family(pid, tell)
//    End process `pid`, if there is one, and all that descend from it. `tell(p)` is called for each
//    of them before it ends.
void end_family(pid_t pid, void (*tell)(const proc& p));

#endif
