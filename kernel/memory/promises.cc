#include "memory/promises.hh"
#include "abi.hh"
#include "memory/shared_tables.hh"
#include "page/zero_page.hh"

bool heap_is_eager;

uintptr_t stack_limit() {
    constexpr uintptr_t weensy_limit = 16 * PAGESIZE, big_limit = 0x800000;
    return user_end == MEMSIZE_VIRTUAL ? weensy_limit : big_limit;
}

int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(guard); r < 0) return r;
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}

int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    if (heap_is_eager) return space.add_pages(start, end, perm);
    return space.regions->add({start, end, perm, region_source::zeros, region_label::heap});
}

int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        ++promise.faults;
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    ++promise.faults;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
