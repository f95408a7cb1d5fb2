// STEP null: so far there is nothing below the stack.
int give_stack(address_space space) {
    return space.add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD);
}

// STEP null: so far page 0 is there for whoever reads it, as on the VAX: it is the page of zeros.
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present() && is_permitted(it.perm(), access)) return {fault_outcome::permitted};
    if (it.present()) return resolve_present(space, it, access);
    region* promise = space.regions->find(va);
    if (promise) return result_of(keep_promise(space, *promise, it, access));
    if (va < PAGESIZE && !(access & (PFERR_WRITE | PFERR_FETCH))) {
        set_entry(it.entry(), zero_page_pa() | PTE_PU | PTE_XD);    // a table that the kernel uses
        return {fault_outcome::resolved, FAULT_ZERO};
    }
    return {fault_outcome::refused};
}
