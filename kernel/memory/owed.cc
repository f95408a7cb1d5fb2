#include "memory/owed.hh"
#include "abi.hh"

size_t owed_mask = ~size_t(0);

int owe_copies(physical_pageinfo& page, unsigned copies, uint32_t sharers) {
    size_t owed = copies & owed_mask;
    size_t more = (sharers - 1) * owed - size_t(page.refcount - 1) * page.copies;
    if (more > free_pages - owed_pages) return E_NOMEM;
    page.copies = uint16_t(owed);
    owed_pages += more;
    return 0;
}
