#include "memory/cow.hh"
#include "memory/zero_page.hh"

bool fork_copies;

uint64_t inherit_page(uint64_t& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (entry & (PTE_W | PTE_COW)) {
        if (fork_copies) return copy_of_page(entry, owner);
        entry = (entry & ~PTE_W) | PTE_COW;
    }
    share_page(PTE_ADDR(entry));
    return entry;
}

int resolve_write(uint64_t& entry, int owner, fault_kind& kind) {
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        entry = copy;
        kind = FAULT_COPY;
    } else {
        page_at(PTE_ADDR(entry)).owner = int16_t(owner);
        kind = FAULT_REUSE;
    }
    entry = (entry & ~PTE_COW) | PTE_W;
    return 0;
}

uint64_t allow_write(uint64_t& entry, int) {
    return page_at(PTE_ADDR(entry)).refcount > 1 ? PTE_COW : PTE_W;
}
