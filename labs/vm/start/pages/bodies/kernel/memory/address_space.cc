#include "page/take_page.hh"

// STEP pages: so far the page at `it.va()` is the physical page of the same address, or none.
int address_space::add_page(vmiter& it, uint64_t perm) const {
    uintptr_t pa = it.va();
    if (pa >= MEMSIZE_PHYSICAL || page_at(pa).refcount != 0) return E_NOMEM;
    if (int r = it.try_map(pa, perm); r < 0) return r;
    clear_page(take_page(PAGENUMBER(pa), owner()));
    return 0;
}
