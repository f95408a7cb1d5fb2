// A process that touches a page of the kernel is given access to it: the page is there, so the fault is thought to be
// one of permissions.
// fails: null-stops
// why: the kernel's memory must stay closed to a process, whatever it touches
// file: kernel/memory/promises.cc
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    if (!(it.entry() & PTE_U)) {
        set_flags(it.entry(), PTE_FLAGS(it.entry()) | PTE_U);
        return {fault_outcome::resolved, FAULT_REUSE};
    }
    bool may_write = it.entry() & (PTE_W | PTE_COW);
    if (!(access & PFERR_WRITE) || !may_write) return {fault_outcome::refused};
    int owned = own_table(it);
    if (owned < 0) return {fault_outcome::out_of_memory};
    if (it.entry() & PTE_COW) return result_of(resolve_write(it.entry(), space.owner()));
    return {owned > 0 ? fault_outcome::resolved : fault_outcome::refused, FAULT_TABLE};
}
