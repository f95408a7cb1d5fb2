// STEP cow: so far every page is copied.
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    return copy_of_page(entry, owner);
}

// STEP cow: so far nobody comes here.
int resolve_write(pt_entry&, int) {
    panic("resolve_write: no page is copy-on-write yet");
}

// STEP cow: so far no page has two processes, so nobody else sees what is written.
uint64_t allow_write(pt_entry&, int) {
    return PTE_W;
}
