// A null pointer of a process is taken for one of the kernel's, which panics.
// fails: null-stops null-unmapped
// why: only the process that went wrong is stopped; the kernel and the others go on
// file: kernel/memory/promises.cc
#include "device/panic.hh"
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    region* promise = space.regions->find(va);
    if (va < PAGESIZE) panic("null pointer");
    if (!promise) return {fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
