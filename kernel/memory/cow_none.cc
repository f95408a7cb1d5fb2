#include "memory/cow.hh"

bool fork_copies = true;

uint64_t inherit_page(pt_entry& entry, int owner) {
    if (entry & PTE_W) return copy_of_page(entry, owner);
    share_page(PTE_ADDR(entry));
    return entry;
}

int resolve_write(pt_entry&, int) {
    panic("a copy-on-write page in a kernel without copy-on-write");
}

uint64_t allow_write(pt_entry& entry, int owner) {
    if (page_at(PTE_ADDR(entry)).refcount == 1) return PTE_W;
    uint64_t copy = copy_of_page(entry, owner);
    if (copy == 0) return 0;
    kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
    set_entry(entry, copy);
    return PTE_W;
}
