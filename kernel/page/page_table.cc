#include "page/page_table.hh"

[[gnu::cold]] void refuse_table(const pt_entry* entry) {
    panic("page-table entry at 0x%lx is 0x%lx: not a page table (uninitialised?)",
          reinterpret_cast<uintptr_t>(entry), uint64_t(*entry));
}

void init_table(x86_64_pagetable* table) {
    clear_page(table);
    page_at(table).is_pagetable = true;
    page_at(table).copies = 1;
}

x86_64_pagetable* new_table(int owner) {
    auto table = static_cast<x86_64_pagetable*>(kalloc(PAGESIZE, owner));
    if (table) init_table(table);
    return table;
}

pt_entry* find_entry(x86_64_pagetable* pagetable, uintptr_t va, int level) {
    pt_entry* entry = &pagetable->entry[index_at(va, 3)];
    for (int l = 3; l > level; --l) {
        if (!has_table(entry)) return nullptr;
        entry = table_of(*entry)->entry + index_at(va, l - 1);
    }
    return entry;
}

uint64_t copy_of_page(uint64_t entry, int owner) {
    void* copy = kalloc(PAGESIZE, owner);
    if (!copy) return 0;
    copy_page(copy, reinterpret_cast<const void*>(PTE_ADDR(entry)));
    return reinterpret_cast<uintptr_t>(copy) | PTE_FLAGS(entry);
}
