// absent: expected_entry

// The part of each process's table that is the kernel's: all that the kernel has, at identity, and only the screen for
// the process too.
static void check_kernel_part(const proc& p) {
    const pt_entry* entries = find_entry(p.pagetable, 0, 0);
    for (size_t pn = 0; pn < kernel_entries; ++pn) {
        uint64_t expected = kernel_pagetable[3].entry[pn] & ~bits_the_cpu_sets;
        if (PAGEADDRESS(pn) == CONSOLE_ADDR) expected |= PTE_U;
        uint64_t found = entries ? entries[pn] & ~bits_the_cpu_sets : 0;
        bool is_at_identity = PTE_ADDR(found) == PAGEADDRESS(pn) && ((found ^ expected) & PTE_U) == 0;
        if (found & PTE_P ? is_at_identity : expected == 0) continue;
        find_wrong(pn, wrong::kernel_map, p.pid, PAGEADDRESS(pn), "kernel mapping, expected entry 0x%lx, found 0x%lx",
                   expected, found);
    }
}
