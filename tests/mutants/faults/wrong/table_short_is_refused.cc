// If there is no memory for a table of its own, the write is refused as if it were forbidden.
// fails: tables-end
// broken: resolve_present own_table
// why: without memory the answer is `out_of_memory`: a system call says E_NOMEM then, not E_FAULT
// file: kernel/memory/promises.cc
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    bool may_write = (it.entry() & PTE_U) && (it.entry() & (PTE_W | PTE_COW));
    if (!(access & PFERR_WRITE) || !may_write) return {fault_outcome::refused};
    int owned = own_table(it);
    if (owned < 0) return {fault_outcome::refused};
    if (it.entry() & PTE_COW) return result_of(resolve_write(it.entry(), space.owner()));
    return {owned > 0 ? fault_outcome::resolved : fault_outcome::refused, FAULT_TABLE};
}
