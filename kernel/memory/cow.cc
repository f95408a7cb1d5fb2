#include "memory/cow.hh"
#include "memory/owed.hh"
#include "memory/zero_page.hh"

bool fork_copies;

uint64_t inherit_page(uint64_t& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    bool may_write = entry & (PTE_W | PTE_COW);
    if (may_write && fork_copies) return copy_of_page(entry, owner);
    if (owe_copies(page, may_write ? 1 : page.copies, page.refcount + 1) < 0) return 0;
    if (may_write) entry = (entry & ~PTE_W) | PTE_COW;
    share_page(PTE_ADDR(entry));
    return entry;
}

int resolve_write(uint64_t& entry, int owner, fault_kind& kind) {
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        owed_share its_own(page_at(PTE_ADDR(entry)));
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        entry = copy;
        kind = FAULT_COPY;
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
        kind = FAULT_REUSE;
    }
    entry = (entry & ~PTE_COW) | PTE_W;
    return 0;
}

uint64_t allow_write(uint64_t& entry, int) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    if (page.refcount == 1) return PTE_W;
    return owe_copies(page, 1, page.refcount) < 0 ? 0 : PTE_COW;
}
