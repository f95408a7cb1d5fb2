// A page that is there refused the access.
// STEP cow: so far that is always the process's mistake.
static fault_result resolve_present(const address_space&, vmiter&, uint64_t) {
    return {fault_outcome::refused};
}
