// All processes that are started get one and the same page for their stacks.
// fails: stack-at-end
// why: the stacks are at the same address, but must not be in the same memory
// file: kernel/process/process.cc
int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory(pid);
    if (!memory) return E_NOMEM;
    uintptr_t entry, stack_end = user_end;
    if (int r = load_program(image, memory.space(), entry); r < 0) return r;
    static void* stack;
    if (!stack) stack = kalloc(PAGESIZE);
    if (!stack) return E_NOMEM;
    share_page(reinterpret_cast<uintptr_t>(stack));
    vmiter it(memory.space().pagetable, stack_end - PAGESIZE);
    if (int r = it.try_map(stack, PTE_PWU | PTE_XD); r < 0) return r;
    return begin_process(pid, image, memory, initial_registers(entry, stack_end), parent);
}
