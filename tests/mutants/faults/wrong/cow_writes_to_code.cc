// Any write to a page that is there is resolved as if the page were copy-on-write.
// fails: cow-read-only
// why: a write to code or constants must stop the process
// file: kernel/memory/promises.cc
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    if (!(access & PFERR_WRITE) || !(it.entry() & PTE_U)) return {fault_outcome::refused};
    int owned = own_table(it);
    if (owned < 0) return {fault_outcome::out_of_memory};
    if (owned > 0 && (it.entry() & PTE_W)) return {fault_outcome::resolved, FAULT_TABLE};
    return result_of(resolve_write(it.entry(), space.owner()));
}
