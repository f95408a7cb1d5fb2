// What is promised is resolved in a function of its own, which looks for the region by page.
// differs: data structure
// file: kernel/memory/promises.cc
// added
// Nothing is there, or only the page of zeros.
static fault_result resolve_promise(const address_space& space, vmiter& it, uint64_t access) {
    for (region& each : *space.regions) {
        if (it.va() < each.start || it.va() >= each.end) continue;
        if (each.label == region_label::guard) return {fault_outcome::stack_overflow};
        if (!is_permitted(each.perm, access)) break;
        return result_of(keep_promise(space, each, it, access));
    }
    return {it.va() == 0 ? fault_outcome::null_pointer : fault_outcome::refused};
}
// replaced
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (!it.present()) return resolve_promise(space, it, access);
    if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
    if (is_zero_page(PTE_ADDR(it.entry()))) return resolve_promise(space, it, access);
    return resolve_present(space, it, access);
}
