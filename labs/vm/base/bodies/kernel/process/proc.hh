// function: proc::space
    address_space space() { return {pagetable, &regions, &heap, pid}; }
