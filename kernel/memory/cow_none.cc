#include "memory/cow.hh"
#include "memory/zero_page.hh"

bool fork_copies = true;

uint64_t inherit_page(uint64_t& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (entry & PTE_W) return copy_of_page(entry, owner);
    share_page(PTE_ADDR(entry));
    return entry;
}

int resolve_write(uint64_t&, int, fault_kind&) {
    panic("a copy-on-write page in a kernel without copy-on-write");
}

uint64_t allow_write(uint64_t& entry, int owner) {
    if (page_at(PTE_ADDR(entry)).refcount == 1) return PTE_W;
    uint64_t copy = copy_of_page(entry, owner);
    if (copy == 0) return 0;
    kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
    entry = copy;
    return PTE_W;
}
