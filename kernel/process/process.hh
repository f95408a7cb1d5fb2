// process.hh - processes: the table, the run queue, birth, waiting and death
//
//    Called by the system calls and by `kernel.cc`. Invariants: the run queue holds exactly the `P_RUNNABLE` processes,
//    the one to run next at its front; a slot that is not `P_FREE` has a page table, unless it is the record of a
//    process that has exited, which its parent may still wait for.
#ifndef KINGLET_PROCESS_HH
#define KINGLET_PROCESS_HH
#include "abi.hh"
#include "device/cpu.hh"
#include "process/program_image.hh"

enum procstate_t {
    P_FREE = 0,
    P_RUNNABLE,
    P_BLOCKED,                          // waits for a child's end, or a time
    P_FAULTED,                          // stopped for good; its memory is there to be looked at
    P_EXITED,                           // only a record: `status`, `parent`, `ended`
};

constexpr pid_t any_child = -1;

// How a child ended whose slot another process needed. As long as the parent lives and has not waited for it, it is
// kept; but of all processes together only the last `kept_limit` are.
struct kept_end {
    int8_t parent, pid;
    int16_t status;
};
constexpr unsigned kept_limit = 128;

struct proc {
    x86_64_pagetable* pagetable = nullptr;
    pid_t pid = 0;
    procstate_t state = P_FREE;
    regstate* regs = nullptr;           // as saved when the process last entered the kernel; on its frame's page
    region_list regions = {};           // what its memory is to be, beyond its page table
    heap_bounds heap = {};              // where `sys_sbrk` grows it
    const program* image = nullptr;     // the program it runs
    pid_t parent = 0;                   // 0: none, or none any more
    bool is_orphan = false;             // it had a parent, which has ended
    int children = 0;                   // slots of which this one is the parent
    unsigned kept = 0;                  // ends that are kept for it: see `kept_end`
    int status = 0;                     // how it ended: see `sys_wait`
    uint64_t ended = 0;                 // when it faulted or exited: 1 for the first one ever
    pid_t waiting_for = 0;              // a child's pid, or `any_child`, while it is in `sys_wait`
    uint64_t deadline = 0;              // in ticks, while it is in `sys_sleep`
    uint32_t faults[NFAULT_KINDS] = {}; // page faults that became memory
    proc* next = nullptr;               // the run queue's neighbours
    proc* previous = nullptr;

    address_space space() { return {pagetable, &regions, &heap}; }
};
static_assert(offsetof(proc, pagetable) == 0 && offsetof(proc, regs) == 16);     // for entry.S

extern "C" {
extern proc ptable[NPROC];
extern proc* current;                   // the process that ran last; `no_process` before the first and after it is gone
}

// What `sys_exec` gives to the new program's `main`
struct program_arguments {
    int count = 0;
    unsigned size = 0;                  // of the strings together, in bytes
    char strings[argument_bytes_limit + 1];         // one after the other, each with its zero byte
};

// init_processes()
//    Make the run queue, with nobody in it. `no_process` gets registers too, which nobody reads.
void init_processes();

// start_process(pid, image, parent)
//    Make the slot `pid`, which is free or an exit record, a runnable process that runs `image` from its start, as a
//    child of `parent` or of nobody. Returns `pid`; or, with nothing changed, `E_AGAIN` if there is no such slot,
//    `E_NOEXEC` if the program cannot be loaded, `E_NOMEM`.
[[nodiscard]] int start_process(pid_t pid, const program& image, proc* parent = nullptr);

// spawn_process(parent, image)
//    The same in a slot of the kernel's choice: a free one, else that of the oldest exit record.
[[nodiscard]] int spawn_process(proc& parent, const program& image);

// fork_process(parent)
//    Copy a process. Returns the child's pid, which the parent's registers do not show yet; the child's `rax` is 0.
//    `E_AGAIN` if there is no slot, neither free nor an exit record's, `E_NOMEM` if memory ran out; then nothing has
//    changed.
[[nodiscard]] int fork_process(proc& parent);

// exec_process(p, image, arguments)
//    Let the process run `image` from its start, with new memory and these arguments; null: none. Returns 0; or, with
//    nothing changed, `E_NOEXEC` or `E_NOMEM`.
[[nodiscard]] int exec_process(proc& p, const program& image, const program_arguments* arguments);

// end_process(p, status)
//    Give back all the memory of a process. If it has a parent that may wait for it, the slot remains as an exit record
//    with `status` (`STATUS_FAULTED` if it had faulted), else it is free. Its children have no parent any more.
void end_process(proc& p, int status);

// reap_process(p)
//    Free the slot of a process that has faulted or exited.
void reap_process(proc& p);

// fault_process(p)
//    Stop the process for good, but keep its memory to be looked at, unless it is an orphan: those leave nothing. Its
//    children have no parent any more.
void fault_process(proc& p);

// ended_child(parent, pid)
//    The child `pid` if it has exited or faulted; of any child (`any_child`), the one that did first. Null if none.
proc* ended_child(const proc& parent, pid_t pid);

// kept_child(parent, pid), forget_kept(end)
//    The oldest end of the child `pid`, or of any child, that is kept though another process has the child's slot; null
//    if there is none. Who waits for any child hears of it before what `ended_child` finds; who waits for one pid, only
//    if no child of his has that slot now. And: it has been waited for.
const kept_end* kept_child(const proc& parent, pid_t pid);
void forget_kept(const kept_end* end);

// descends_from(p, ancestor)
//    Whether `p` is a child of process `ancestor`, or a child's child, and so on.
bool descends_from(const proc& p, pid_t ancestor);

// live_processes(), faulted_processes()
//    How many processes there are, those not counted that were stopped; and how many ever were.
unsigned live_processes();
unsigned faulted_processes();

// block_on(p)
//    Take a process that is in a system call out of the run queue until somebody makes it runnable; then its call
//    begins again. What it waits for stands in `p`. Returns what must be in `rax` for that: the call's number.
[[nodiscard]] int64_t block_on(proc& p);

// wake_sleepers(now)
//    Make runnable all processes whose deadline is at or before tick `now`.
void wake_sleepers(uint64_t now);

// The run queue: a ring of `next` and `previous`. Slot 0, which is no process, is its start and its end.
inline proc* const no_process = ptable;
inline proc* const run_queue = no_process;
inline void enqueue(proc& p) {
    p.next = run_queue;
    p.previous = run_queue->previous;
    p.previous->next = &p;
    run_queue->previous = &p;
}
inline void dequeue(proc& p) {
    p.previous->next = p.next;
    p.next->previous = p.previous;
}
inline bool anybody_can_run() {
    return run_queue->next != run_queue;
}

// yield_process(p)
//    Move a runnable process to the end of the run queue.
inline void yield_process(proc& p) {
    dequeue(p);
    enqueue(p);
}

#endif
