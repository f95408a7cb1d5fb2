// Nothing is logged.
// fails: look-lines
// like: look_identity
// why: what each address maps to must be in the log
// file: kernel/start.cc
void look(x86_64_pagetable*, uintptr_t) {
}
