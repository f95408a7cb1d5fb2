// `kfree` gives nothing back.
// fails: freeing-begun
// why: what is given up must be there for others
// file: kernel/page/pageinfo.cc
void kfree(void*) {
}
