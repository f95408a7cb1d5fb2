// A new page table has nothing of the kernel's.
// fails: isolation-begun
// why: the kernel cannot be entered with it: the first system call or interrupt resets the machine
// file: kernel/memory/address_space.cc
// absent: map_kernel
new_address_space::new_address_space(int owner)
    : pagetable_(new_table(owner)), owner_(owner) {
}
