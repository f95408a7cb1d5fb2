// audit.hh - is everything true that the kernel says about memory?
//
//    Recomputes owners and reference counts from the page tables alone and compares them with
//    `pageinfo`; looks for permissions that do not go together, pages that several may write,
//    regions that overlap. Reads everything; changes nothing but `found` and `finding`, which are
//    its own. Costs in proportion to page tables and to what is filled in of `pageinfo`, whatever
//    the size of memory.
#ifndef KINGLET_AUDIT_HH
#define KINGLET_AUDIT_HH

// audit(report)
//    Check all of memory. Each page with something wrong that was not wrong at the last check is
//    reported once, in a sentence that names the page, pid, address, what was expected and what was
//    found. Returns how many pages have something wrong.
unsigned audit(void (*report)(const char* sentence));

#endif
