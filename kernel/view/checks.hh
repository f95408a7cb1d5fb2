// checks.hh - when memory is checked, and who hears of it
#ifndef KINGLET_CHECKS_HH
#define KINGLET_CHECKS_HH
#include <stdint.h>

// How often something was found wrong with a page
extern unsigned audit_findings;

// audit_memory()
//    Check all of memory now. Log, and show, what is wrong.
void audit_memory();

// check_changes(elapsed)
//    Check all of memory if it has changed, unless checks have taken a quarter of the `elapsed` time-stamp counts since
//    the start; then a later entry of the kernel does.
void check_changes(uint64_t elapsed);

#endif
