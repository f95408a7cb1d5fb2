// A page that is there refused the access.
// STEP tables: so far its page table is the process's own.
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    bool is_copy_on_write = (it.entry() & PTE_U) && (it.entry() & PTE_COW);
    if (!(access & PFERR_WRITE) || !is_copy_on_write) return {fault_outcome::refused};
    return result_of(resolve_write(it.entry(), space.owner()));
}
