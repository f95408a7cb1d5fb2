// function: address_space::frame
    // Where the process's registers are saved: memory of the kernel's, which is in every page table
    regstate* frame() const {
        alignas(16) static regstate frames[NPROC];
        return &frames[pid];
    }
