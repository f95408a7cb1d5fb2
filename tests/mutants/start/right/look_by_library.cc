// The old function `virtual_memory_lookup` is asked.
// file: kernel/start.cc
void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vamapping found = virtual_memory_lookup(pagetable, va);
    if (found.pn < 0) log_printf("look va=0x%lx unmapped", va);
    else log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, found.pa, found.perm & permissions);
}
