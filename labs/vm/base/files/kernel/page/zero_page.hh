// zero_page.hh - what a kernel without a common page of zeros has in its place
#ifndef KINGLET_ZERO_PAGE_HH
#define KINGLET_ZERO_PAGE_HH
#include <stdint.h>

// zero_page_pa(), is_zero_page(pa)
//    The physical address of that page, 0: there is none. Whether the page at `pa` is it.
extern const uintptr_t zero_page_address;
inline uintptr_t zero_page_pa() { return zero_page_address; }
inline bool is_zero_page(uintptr_t pa) { return pa == zero_page_pa(); }

#endif
