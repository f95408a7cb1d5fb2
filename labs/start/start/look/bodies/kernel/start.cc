// STEP look: so far nothing is logged.
void look(x86_64_pagetable*, uintptr_t) {
}
