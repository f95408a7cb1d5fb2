// A table is copied before it is known whether the process may write there at all.
// fails: tables-changes
// broken: resolve_present
// why: a refused access changes nothing
// file: kernel/memory/promises.cc
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    int owned = own_table(it);
    if (owned < 0) return {fault_outcome::out_of_memory};
    bool may_write = (it.entry() & PTE_U) && (it.entry() & (PTE_W | PTE_COW));
    if (!(access & PFERR_WRITE) || !may_write) return {fault_outcome::refused};
    if (it.entry() & PTE_COW) return result_of(resolve_write(it.entry(), space.owner()));
    return {owned > 0 ? fault_outcome::resolved : fault_outcome::refused, FAULT_TABLE};
}
