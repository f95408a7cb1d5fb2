// A page that is there: the cases are told apart one after the other.
// file: kernel/memory/promises.cc
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    constexpr fault_result refused = {fault_outcome::refused};
    if (!(access & PFERR_WRITE)) return refused;
    if (access & PFERR_RESERVED) return refused;
    if (!(it.entry() & PTE_U)) return refused;
    bool is_shared = it.entry() & PTE_COW;
    if (!is_shared && !(it.entry() & PTE_W)) return refused;
    int owned = own_table(it);
    if (owned < 0) return {fault_outcome::out_of_memory};
    if (it.entry() & PTE_COW) return result_of(resolve_write(it.entry(), space.owner()));
    if (owned == 0) return refused;
    return {fault_outcome::resolved, FAULT_TABLE};
}
