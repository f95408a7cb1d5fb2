// STEP copy: so far nothing is copied.
int copy_mappings(x86_64_pagetable*, x86_64_pagetable*) {
    return 0;
}
