#include "process/process.hh"
#include "abi.hh"

proc ptable[NPROC];
proc* current;

proc run_queue = {.pagetable = nullptr, .pid = 0, .state = P_FREE, .regs = {}, .image = nullptr,
                  .next = &run_queue, .previous = &run_queue};
static uint64_t free_slots = ((uint64_t(1) << NPROC) - 1) & ~uint64_t(1);   // bit `pid`; slot 0 is never used
static unsigned nlive, nfaulted;

static void enqueue(proc& p) {
    p.next = &run_queue;
    p.previous = run_queue.previous;
    p.previous->next = &p;
    run_queue.previous = &p;
}

static void dequeue(proc& p) {
    p.previous->next = p.next;
    p.next->previous = p.previous;
    p.next = p.previous = nullptr;
}

void yield_process(proc& p) {
    dequeue(p);
    enqueue(p);
}

unsigned live_processes() {
    return nlive;
}

unsigned faulted_processes() {
    return nfaulted;
}

// Turn a free slot and a complete address space into a runnable process.
static void begin_process(pid_t pid, const program* image, address_space& space, const regstate& regs) {
    proc& p = ptable[pid];
    free_slots &= ~(uint64_t(1) << pid);
    p.pagetable = space.release();
    p.pid = pid;
    p.state = P_RUNNABLE;
    p.regs = regs;
    p.image = image;
    enqueue(p);
    ++nlive;
}

const char* start_process(pid_t pid, const program& image) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].state != P_FREE) return "no such free process slot";
    address_space space(pid);
    if (!space) return "out of memory";
    regstate regs = {};
    if (const char* wrong = load_program(image, space.pagetable, regs.reg_rip)) return wrong;
    regs.reg_cs = SEGSEL_USER_CODE;
    regs.reg_rflags = EFLAGS_IF | EFLAGS_RESERVED1;
    regs.reg_rsp = MEMSIZE_VIRTUAL;
    regs.reg_ss = SEGSEL_USER_DATA;
    begin_process(pid, &image, space, regs);
    return nullptr;
}

int fork_process(proc& parent) {
    if (free_slots == 0) return E_AGAIN;
    pid_t pid = __builtin_ctzl(free_slots);
    address_space space(pid);
    if (!space) return E_NOMEM;
    if (int r = space.copy(parent.pagetable); r < 0) return r;
    save_selectors(parent.regs);
    regstate regs = parent.regs;
    regs.reg_rax = 0;
    begin_process(pid, parent.image, space, regs);
    return pid;
}

void end_process(proc& p) {
    if (p.state == P_RUNNABLE) dequeue(p);
    if (p.state != P_FAULTED) --nlive;
    address_space gone(p.pagetable);
    free_slots |= uint64_t(1) << p.pid;
    p.pagetable = nullptr;
    p.state = P_FREE;
    if (current == &p) current = nullptr;
}

void fault_process(proc& p) {
    if (p.state == P_RUNNABLE) dequeue(p);
    p.state = P_FAULTED;
    --nlive;
    ++nfaulted;
}
