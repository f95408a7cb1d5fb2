// No page table is shared: a fork copies all of them.
// fails: tables-shared
// why: parent and child can share page tables until one of them changes something
// file: kernel/memory/shared_tables.cc
unsigned share_tables(x86_64_pagetable*, x86_64_pagetable*, uintptr_t, int) {
    return NPAGETABLEENTRIES;
}
