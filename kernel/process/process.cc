#include "process/process.hh"
#include "lib.hh"
#include "memory/leftovers.hh"
#include "memory/promises.hh"
#include "memory/work_part.hh"
#include "process/files.hh"
#include "process/wait.hh"

// bit `pid`; slot 0 is never used
static uint64_t free_slots = ((uint64_t(1) << NPROC) - 1) & ~uint64_t(1);
static uint64_t claimed_slots;                      // the same, for memory that is begun: see below
static unsigned nlive, nfaulted;
static uint64_t nended;
static kept_end kept_ends[kept_limit];              // the oldest first
static unsigned nkept;

unsigned live_processes() { return nlive; }
unsigned faulted_processes() { return nfaulted; }

// Call `function(child)` for each slot whose parent is `parent`.
template <typename F>
static void for_each_child(const proc& parent, F function) {
    int left = parent.children;
    for (proc* child = ptable; left > 0; ++child) {
        if (child->parent != parent.pid) continue;
        --left;
        function(*child);
    }
}

static bool has_ended(const proc& p) {
    return p.state == P_EXITED || p.state == P_FAULTED;
}

proc* ended_child(const proc& parent, pid_t pid) {
    if (pid != any_child) {
        return ptable[pid].parent == parent.pid && has_ended(ptable[pid]) ? &ptable[pid] : nullptr;
    }
    proc* first = nullptr;
    for_each_child(parent, [&](proc& child) {
        if (has_ended(child) && (!first || child.ended < first->ended)) first = &child;
    });
    return first;
}

const kept_end* kept_child(const proc& parent, pid_t pid) {
    for (unsigned i = 0; parent.kept > 0 && i < nkept; ++i) {
        bool is_wanted = pid == any_child || kept_ends[i].pid == pid;
        if (kept_ends[i].parent == parent.pid && is_wanted) return &kept_ends[i];
    }
    return nullptr;
}

void forget_kept(const kept_end* gone) {
    --ptable[gone->parent].kept;
    kept_end* end = kept_ends + nkept--;
    for (kept_end* each = kept_ends + (gone - kept_ends) + 1; each < end; ++each) {
        each[-1] = each[0];
    }
}

// Another process takes the slot of an exit record: keep how the child ended.
static void keep_end(const proc& record) {
    if (nkept == kept_limit) forget_kept(kept_ends);
    ++ptable[record.parent].kept;
    kept_ends[nkept++] = {int8_t(record.parent), int8_t(record.pid), int16_t(record.status)};
}

bool descends_from(const proc& p, pid_t ancestor) {
    for (pid_t pid = p.parent; pid != 0; pid = ptable[pid].parent) {
        if (pid == ancestor) return true;
    }
    return false;
}

static void free_slot(proc& p) {
    if (p.parent != 0) --ptable[p.parent].children;
    p.parent = 0;
    p.state = P_FREE;
    free_slots |= uint64_t(1) << p.pid;
}

// Whether a call has begun to make the process that will have this slot
static bool is_claimed(pid_t pid) {
    return claimed_slots >> pid & 1;
}

// Whether the parent of this exit record was woken because of it, and has not run since.
static bool is_awaited(const proc& record) {
    const proc& parent = ptable[record.parent];
    if (parent.wait.kind == wait_kind::any_child) return ended_child(parent, any_child) == &record;
    return parent.wait.kind == wait_kind::child && parent.wait.key == uint64_t(record.pid);
}

// A free slot, or that of the oldest exit record that is not awaited; 0 if there is none.
static pid_t find_slot() {
    uint64_t free = free_slots & ~claimed_slots;
    if (free != 0) return __builtin_ctzl(free);
    const proc* oldest = nullptr;
    for (const proc& p : ptable) {
        if (p.state != P_EXITED || is_claimed(p.pid) || is_awaited(p)) continue;
        if (!oldest || p.ended < oldest->ended) oldest = &p;
    }
    return oldest ? oldest->pid : 0;
}

static regstate initial_registers(uintptr_t entry, uintptr_t stack) {
    regstate regs = {};
    regs.reg_rip = entry;
    regs.reg_cs = SEGSEL_USER_CODE;
    regs.reg_rflags = EFLAGS_IF | EFLAGS_RESERVED1;
    regs.reg_rsp = stack;
    regs.reg_ss = SEGSEL_USER_DATA;
    return regs;
}

// Turn a slot, free or an exit record's, and complete memory into a runnable process.
static int begin_process(pid_t pid, const program& image, new_address_space& memory,
                         const regstate& regs, proc* parent) {
    proc& p = ptable[pid];
    if (p.state == P_EXITED) {
        keep_end(p);
        free_slot(p);
    }
    free_slots &= ~(uint64_t(1) << pid);
    memory.release(p.pagetable, p.regions, p.heap);
    p.pid = pid;
    p.regs = p.space().frame();
    *p.regs = regs;
    p.image = &image;
    p.parent = parent ? parent->pid : 0;
    p.children = p.status = 0;
    p.is_orphan = false;
    p.wait = {};
    p.progress = 0;
    memset(p.faults, 0, sizeof(p.faults));
    if (parent) ++parent->children;
    p.state = P_RUNNABLE;
    enqueue(p);
    ++nlive;
    return pid;
}

// To make a process's memory can take long, and then goes on in parts (`work_part.hh`). What the
// call of `maker` has begun is kept in `maker.begun`; its top-level page belongs to the process
// that is to have it, whose slot is claimed in the meantime. Nobody else sees anything of it.

// The slot that this call chose when it began, or one that it may have
static pid_t slot_for(const proc& maker) {
    return maker.begun ? page_at(maker.begun).owner : find_slot();
}

// What the call has begun, or new memory for process `pid`. `maker`: null if it is no call.
static new_address_space take_begun(proc* maker, pid_t pid) {
    if (!maker || !maker->begun) return new_address_space(pid);
    x86_64_pagetable* begun = maker->begun;
    maker->begun = nullptr;
    claimed_slots &= ~(uint64_t(1) << pid);
    return new_address_space(begun, pid);
}

// The memory is not complete, for the reason `error`. Keep it if the call goes on later: this part
// is over, or others' memory is still being given back. Returns what the call then returns.
static int suspend(proc* maker, new_address_space& memory, int error) {
    if (!maker) return error;
    if (error != E_MORE && (error != E_NOMEM || !more_memory_comes)) {
        maker->progress = 0;
        return error;
    }
    maker->begun = memory.suspend();
    claimed_slots |= uint64_t(1) << page_at(maker->begun).owner;
    return E_MORE;
}

bool anything_begun() {
    return claimed_slots != 0;
}

void drop_begun(proc& p) {
    if (p.begun) take_begun(&p, slot_for(p));
    p.forget_progress();
}

int start_process(pid_t pid, const program& image, proc* parent) {
    if (pid <= 0 || pid >= NPROC || ptable[pid].pagetable) return E_AGAIN;
    new_address_space memory = take_begun(parent, pid);
    if (!memory) return E_NOMEM;
    address_space space = memory.space();
    space.progress = parent ? &parent->progress : nullptr;
    uintptr_t entry;
    if (int r = load_program(image, space, entry); r < 0) return suspend(parent, memory, r);
    if (int r = give_stack(memory.space()); r < 0) return r;
    return begin_process(pid, image, memory, initial_registers(entry, user_end), parent);
}

int spawn_process(proc& parent, const program& image) {
    return start_process(slot_for(parent), image, &parent);
}

int fork_process(proc& parent) {
    pid_t pid = slot_for(parent);
    if (pid == 0) return E_AGAIN;
    new_address_space memory = take_begun(&parent, pid);
    if (!memory) return E_NOMEM;
    if (int r = memory.copy(parent.space()); r < 0) return suspend(&parent, memory, r);
    save_selectors(*parent.regs);
    regstate regs = *parent.regs;
    regs.reg_rax = 0;
    return begin_process(pid, *parent.image, memory, regs, &parent);
}

// Put the arguments on the top page of a new stack, where they fit: the strings, and below them the
// address of each. `regs` gets their number and place, and the stack begins below them.
static void give_arguments(address_space space, const program_arguments& arguments,
                           regstate& regs) {
    constexpr unsigned addresses = (argument_limit + 1) * sizeof(uintptr_t);
    static_assert(addresses + argument_bytes_limit <= PAGESIZE / 2);
    uintptr_t strings = user_end - round_up(arguments.size, 16);
    uintptr_t argv = strings - round_up(addresses, 16);
    auto page = vmiter(space.pagetable, user_end - PAGESIZE).kptr<uint8_t*>();
    auto at = [&](uintptr_t va) { return page + va % PAGESIZE; };
    if (arguments.size > 0) memcpy(at(strings), arguments.strings, arguments.size);
    for (unsigned i = 0, offset = 0; offset < arguments.size; ++i) {
        uintptr_t address = strings + offset;
        memcpy(at(argv + i * sizeof(address)), &address, sizeof(address));
        offset += strlen(arguments.strings + offset) + 1;
    }
    regs.reg_rdi = uint64_t(arguments.count);
    regs.reg_rsi = regs.reg_rsp = argv;
}

// Let go what a process had.
static void leave(address_space had) {
    { new_address_space gone(had); }
    more_memory_comes = anything_left();
}

int exec_process(proc& p, const program& image, const program_arguments* arguments) {
    new_address_space memory = take_begun(&p, p.pid);
    if (!memory) return E_NOMEM;
    address_space space = memory.space();
    space.progress = &p.progress;
    uintptr_t entry;
    if (int r = load_program(image, space, entry); r < 0) return suspend(&p, memory, r);
    if (int r = give_stack(memory.space()); r < 0) return r;
    regstate regs = initial_registers(entry, user_end);
    if (arguments) give_arguments(memory.space(), *arguments, regs);
    leave(p.space());
    memory.release(p.pagetable, p.regions, p.heap);
    p.regs = p.space().frame();
    *p.regs = regs;
    p.image = &image;
    memset(p.faults, 0, sizeof(p.faults));
    if (current == &p) current = no_process;         // so that all its registers are loaded anew
    return 0;
}

// The process is not alive any more. If its parent waits for that, let it go on.
static void note_end(proc& p, int status) {
    if (p.state == P_RUNNABLE) dequeue(p);
    drop_begun(p);
    --nlive;
    p.wait = {};
    end_files(p.pid);                               // it waits for nothing now, not even for itself
    p.status = status;
    p.ended = ++nended;
    wake(wait_kind::child, uint64_t(p.pid));
    wake(wait_kind::any_child, uint64_t(p.parent));
}

// Nobody will wait for this process's children any more: those that have ended are forgotten. A
// process that faulted has no children, so this goes no deeper.
static void leave_children(proc& p) {
    while (const kept_end* kept = kept_child(p, any_child)) forget_kept(kept);
    for_each_child(p, [](proc& child) {
        if (has_ended(child)) return reap_process(child);
        child.parent = 0;
        child.is_orphan = true;
    });
    p.children = 0;
}

static void release_memory(proc& p) {
    leave(p.space());
    p.pagetable = nullptr;
    p.regs = nullptr;
    if (current == &p) current = no_process;
}

void end_process(proc& p, int status) {
    if (p.state != P_FAULTED) note_end(p, status);
    release_memory(p);
    leave_children(p);
    p.state = P_EXITED;
    if (p.parent == 0) free_slot(p);
}

void reap_process(proc& p) {
    if (p.state == P_FAULTED) end_process(p, STATUS_FAULTED);
    if (p.state != P_FREE) free_slot(p);
}

void fault_process(proc& p) {
    note_end(p, STATUS_FAULTED);
    p.state = P_FAULTED;
    ++nfaulted;
    leave_children(p);
    if (p.is_orphan) reap_process(p);
}
