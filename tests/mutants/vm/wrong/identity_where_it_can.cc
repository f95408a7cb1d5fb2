// Below the end of physical memory, the page of the same address is taken, and if somebody has it, none.
// fails: replaced-page replaced-page-freed
// why: any free page will do at any address: who asks must get one as long as there is one
// file: kernel/memory/address_space.cc
#include "page/take_page.hh"
int address_space::add_page(vmiter& it, uint64_t perm) const {
    void* old = it.kptr();
    bool is_identity = it.va() < MEMSIZE_PHYSICAL;
    if (is_identity && page_at(it.va()).refcount != 0) return E_NOMEM;
    void* page = is_identity ? take_page(PAGENUMBER(it.va()), owner()) : kalloc(PAGESIZE, owner());
    if (!page) return E_NOMEM;
    clear_page(page);
    if (int r = it.try_map(page, perm); r < 0) {
        kfree(page);
        return r;
    }
    kfree(old);
    return 0;
}
