// A page that may be written again is copy-on-write in any case: the first write sees who has it.
// differs: algorithm
// file: kernel/memory/cow.cc
uint64_t allow_write(pt_entry&, int) {
    return PTE_COW;
}
