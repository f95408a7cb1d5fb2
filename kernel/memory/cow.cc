#include "memory/cow.hh"
#include "memory/owed.hh"

bool fork_copies;

uint64_t inherit_page(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    bool may_write = entry & (PTE_W | PTE_COW);
    if (may_write && fork_copies) return copy_of_page(entry, owner);
    if (owe_copies(page, may_write ? 1 : page.copies, page.refcount + 1) < 0) return 0;
    if (may_write) set_flags(entry, (PTE_FLAGS(entry) & ~PTE_W) | PTE_COW);
    share_page(PTE_ADDR(entry));
    return entry;
}

int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    fault_kind kind = FAULT_REUSE;
    if (page.refcount > 1) {
        owed_share its_own(page);
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page.owner = int8_t(owner);
    }
    set_flags(entry, (PTE_FLAGS(entry) & ~PTE_COW) | PTE_W);
    return kind;
}

uint64_t allow_write(pt_entry& entry, int) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    if (page.refcount == 1) return PTE_W;
    if (page.owner == PO_FILE) return PTE_COW;
    return owe_copies(page, 1, page.refcount) < 0 ? 0 : PTE_COW;
}
