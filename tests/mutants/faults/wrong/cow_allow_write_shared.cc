// `allow_write` lets a process write to a page that others have, too.
// fails: cow-calls
// why: after `sys_mprotect`, too, what one writes the others must not see
// file: kernel/memory/cow.cc
uint64_t allow_write(pt_entry&, int) {
    return PTE_W;
}
