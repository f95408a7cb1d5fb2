#include "memory/address_space.hh"
#include "abi.hh"
#include "memory/kernel_map.hh"

static int owner_of(const x86_64_pagetable* pagetable) {
    return pageinfo[PAGENUMBER(reinterpret_cast<uintptr_t>(pagetable))].owner;
}

address_space::address_space(int owner)
    : pagetable(nullptr) {
    owned_page top(owner);
    if (!top) return;
    auto table = static_cast<x86_64_pagetable*>(top.get());
    memset(table, 0, PAGESIZE);
    pageinfo[PAGENUMBER(top.pa())].is_pagetable = true;
    if (share_kernel_map(table) < 0) return;
    pagetable = table;
    top.release();
}

address_space::~address_space() {
    if (!pagetable) return;
    for (vmiter it(pagetable, PROC_START_ADDR); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) kfree(it.kptr());
    for (ptiter it(pagetable); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable);
}

int address_space::add_page(x86_64_pagetable* pagetable, uintptr_t va, uint64_t perm, const void* source) {
    owned_page page(owner_of(pagetable));
    if (!page) return E_NOMEM;
    if (source) {
        memcpy(page.get(), source, PAGESIZE);
    } else {
        memset(page.get(), 0, PAGESIZE);
    }
    vmiter it(pagetable, va);
    void* old = it.kptr();
    if (int r = it.try_map(page.pa(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}

int address_space::copy(x86_64_pagetable* from) {
    for (vmiter it(from, PROC_START_ADDR); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        if (it.writable()) {
            if (int r = add_page(pagetable, it.va(), it.perm(), it.kptr()); r < 0) return r;
        } else {
            if (int r = vmiter(pagetable, it.va()).try_map(it.pa(), it.perm()); r < 0) return r;
            add_reference(it.pa());
        }
    }
    for (vmiter it(from, PROC_START_ADDR); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {    // nothing can fail now
        if (!it.writable()) pageinfo[PAGENUMBER(it.pa())].owner = PO_SHARED;
    }
    return 0;
}

x86_64_pagetable* address_space::release() {
    x86_64_pagetable* result = pagetable;
    pagetable = nullptr;
    return result;
}
