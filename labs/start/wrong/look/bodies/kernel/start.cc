// Wrong: this looks at the memory there, not at the page table.
void look(x86_64_pagetable*, uintptr_t va) {
    auto entry = *reinterpret_cast<volatile uint64_t*>(va);
    log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, PTE_ADDR(entry), PTE_FLAGS(entry));
}
