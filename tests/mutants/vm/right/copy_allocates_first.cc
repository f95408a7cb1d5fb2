// All pages that the child needs are taken first, and kept in a list that is in them; then they are filled.
// differs: algorithm
// file: kernel/memory/address_space.cc
// added
struct spare_page {
    spare_page* next;
};

static void* take_spare(spare_page*& spares) {
    spare_page* page = spares;
    spares = page->next;
    return page;
}

static bool reserve(spare_page*& spares, int owner) {
    auto page = static_cast<spare_page*>(kalloc(PAGESIZE, owner));
    if (!page) return false;
    page->next = spares;
    spares = page;
    return true;
}
// replaced
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    spare_page* spares = nullptr;
    bool is_enough = true;
    for (vmiter it(from.pagetable, PROC_START_ADDR); is_enough && it.find_mapped(user_end); it.next()) {
        if (it.writable()) is_enough = reserve(spares, owner_);
        vmiter to(pagetable_, it.va());
        if (is_enough) is_enough = to.reach_last_level() == 0;
    }
    for (vmiter it(from.pagetable, PROC_START_ADDR); is_enough && it.find_mapped(user_end); it.next()) {
        if (it.writable()) {
            void* page = take_spare(spares);
            memcpy(page, it.kptr(), PAGESIZE);
            vmiter(pagetable_, it.va()).map(page, it.perm());
        } else {
            vmiter(pagetable_, it.va()).map(it.pa(), it.perm());
            share_page(it.pa());
        }
    }
    while (spares) kfree(take_spare(spares));
    return is_enough ? 0 : int(E_NOMEM);
}
