// `add_page` refuses an address at which another process has a page.
// fails: four-fill-memory
// why: the same address in two processes is two different pages, and both can be had
// broken: address_space::page_alloc
// file: kernel/process/process.cc
int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    uintptr_t entry, stack_end = user_end;
    if (int r = load_program(image, memory.space(), entry); r < 0) return r;
    if (int r = memory.space().add_page(stack_end - PAGESIZE, PTE_PWU | PTE_XD); r < 0) return r;
    return begin_process(pid, image, memory, initial_registers(entry, stack_end), parent);
}
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    static int16_t users[PAGENUMBER(MEMSIZE_VIRTUAL)];
    int16_t& user = users[PAGENUMBER(va)];
    if (user != 0 && user != owner()) return E_NOMEM;
    if (int r = add_page(va, PTE_PWU | PTE_XD); r < 0) return r;
    user = int16_t(owner());
    return 0;
}
