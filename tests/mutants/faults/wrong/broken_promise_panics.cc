// If no memory is left for a promise, the kernel panics.
// fails: heap-overcommit
// why: a process whose promise cannot be kept is stopped; the kernel and the others go on
// file: kernel/memory/promises.cc
#include "device/panic.hh"
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = own_table(it);
        if (r >= 0) r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else {
        kind = promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
        r = space.add_page(it, promise.perm);
    }
    if (r < 0) panic("out of memory");
    ++promise.faults;
    return kind;
}
