// A process that touches a page of the kernel is given access to it: the page is there, so the fault is thought to be
// one of permissions.
// fails: null-stops
// why: the kernel's memory must stay closed to a process, whatever it touches
// file: kernel/memory/promises.cc
static fault_outcome resolve_present(address_space space, vmiter& it, uint64_t access, fault_kind& kind) {
    if (access & PFERR_RESERVED) return fault_outcome::refused;
    if (!(it.entry() & PTE_U)) {
        set_flags(it.entry(), PTE_FLAGS(it.entry()) | PTE_U);
        kind = FAULT_REUSE;
        return fault_outcome::resolved;
    }
    bool may_write = it.entry() & (PTE_W | PTE_COW);
    if (!(access & PFERR_WRITE) || !may_write) return fault_outcome::refused;
    int owned = own_table(it);
    if (owned < 0) return fault_outcome::out_of_memory;
    if (owned > 0) kind = FAULT_TABLE;
    if (it.entry() & PTE_W) return fault_outcome::resolved;
    int r = resolve_write(it.entry(), space.owner(), kind);
    return r < 0 ? fault_outcome::out_of_memory : fault_outcome::resolved;
}
