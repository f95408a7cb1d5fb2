// `kfree` gives nothing back.
// fails: freeing-begun
// why: what is given up must be there for others
// file: kernel/memory/pageinfo.cc
void kfree(void*) {
}
