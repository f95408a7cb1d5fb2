#include "page/entry_area.hh"
#include "page/vmiter.hh"

int map_entry_area(x86_64_pagetable* pagetable, uint64_t frame) {
    vmiter it(pagetable, reinterpret_cast<uintptr_t>(entry_frame));
    if (int r = it.try_map(frame, PTE_PW | PTE_XD); r < 0) return r;
    auto map = [&](uintptr_t pa, unsigned pages, uint64_t perm) {   // the tables are there now
        for (; pages > 0; --pages, pa += PAGESIZE) it.find(pa).map(pa, perm);
    };
    map(reinterpret_cast<uintptr_t>(entry_code), entry_code_pages, PTE_P);
    map(reinterpret_cast<uintptr_t>(entry_tables), entry_tables_pages, PTE_P | PTE_XD);
    map(reinterpret_cast<uintptr_t>(entry_stacks), entry_stacks_pages, PTE_PW | PTE_XD);
    map(CONSOLE_ADDR, 1, PTE_PWU | PTE_XD);
    return 0;
}
