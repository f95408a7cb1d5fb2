// zero_page.hh - one page of zeros for all promised pages that were only read
//
//    A room: zero_page.cc is the real one; with zero_page_none.cc, a read brings a page of its own.
//    The page is the kernel's; references to it are not counted, and its entries are never
//    writable.
#ifndef KINGLET_ZERO_PAGE_HH
#define KINGLET_ZERO_PAGE_HH
#include <stdint.h>

extern const uintptr_t zero_page_address;   // its physical address; 0 if there is none

// zero_page_pa()
//    The same, as a function.
inline uintptr_t zero_page_pa() { return zero_page_address; }

// is_zero_page(pa)
//    Whether the page at `pa` is the page of zeros.
inline bool is_zero_page(uintptr_t pa) { return pa == zero_page_pa(); }

#endif
