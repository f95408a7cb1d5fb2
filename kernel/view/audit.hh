// audit.hh - is everything true that the kernel says about memory?
//
//    Recomputes owners and reference counts from the page tables alone and compares them with `pageinfo`. Reads
//    everything; changes nothing but the marks of leaked pages.
#ifndef KINGLET_AUDIT_HH
#define KINGLET_AUDIT_HH

// audit(report)
//    Check all of memory. Each page with something wrong that was not wrong at the last check is reported once, in a
//    sentence that names the page, pid, address, what was expected and what was found. Returns how many pages have
//    something wrong.
unsigned audit(void (*report)(const char* sentence));

#endif
