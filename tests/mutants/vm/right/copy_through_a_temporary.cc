// What a page holds goes through a buffer in the kernel, 512 bytes at a time.
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), perm); r < 0) return r;
            share_page(it.pa());
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        for (unsigned offset = 0; offset < PAGESIZE; offset += 512) {
            uint8_t buffer[512];
            memcpy(buffer, it.kptr<uint8_t*>() + offset, sizeof(buffer));
            memcpy(static_cast<uint8_t*>(page.get()) + offset, buffer, sizeof(buffer));
        }
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}
