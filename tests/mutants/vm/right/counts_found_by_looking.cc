// Nobody counts references: `kfree` looks through all page tables for another one.
// differs: algorithm
// file: kernel/page/pageinfo.cc
#include "process/process.hh"
// added
// Whether a process's page table refers to the page; one that is about to go must have left the process table.
static bool is_mapped(uintptr_t pa) {
    for (proc& p : ptable) {
        if (!p.pagetable) continue;
        for (vmiter it(p.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
            if (it.pa() == pa) return true;
        }
    }
    return false;
}
// replaced
void kfree(void* address) {
    if (!address) return;
    auto pa = reinterpret_cast<uintptr_t>(address);
    physical_pageinfo& page = page_at(pa);
    assert(page.refcount > 0 && page.owner != PO_RESERVED);
    ++page_changes;
    if (page.owner == PO_SHARED && is_mapped(pa)) return;
    push_free(PAGENUMBER(pa));
    ++free_pages;
}

void share_page(uintptr_t pa) {
    page_at(pa).owner = PO_SHARED;
    ++page_changes;
}
// file: kernel/process/process.cc
void end_process(proc& p, int status) {
    if (!has_ended(p)) note_end(p, status);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
    x86_64_pagetable* table = p.pagetable;
    p.pagetable = nullptr;
    new_address_space gone({table, &p.regions, &p.heap, p.pid});
    if (current == &p) current = no_process;
}
// file: kernel/memory/address_space.cc
int address_space::free_pages(uintptr_t start, uintptr_t end) const {
    for (vmiter it(pagetable, start); it.find_mapped(end); it.next()) {
        void* page = it.kptr();
        it.map(uint64_t(0), 0);
        kfree(page);
    }
    return 0;
}
