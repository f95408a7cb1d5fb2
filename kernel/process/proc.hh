// proc.hh - what the kernel knows of one process; the table of all of them; the run queue
//
//    The lowest file of `kernel/process/`: data, and changes of the run queue's links. For births
//    and deaths see `process.hh`; for a process that stops being runnable for a while, `wait.hh`.
//    Invariants: the run queue holds exactly the `P_RUNNABLE` processes, the one to run next at its
//    front; a slot that is not `P_FREE` has a page table, unless it is the record of a process that
//    has exited, which its parent may still wait for.
#ifndef KINGLET_PROC_HH
#define KINGLET_PROC_HH
#include "abi.hh"
#include "device/cpu.hh"
#include "memory/address_space.hh"

struct program;

enum procstate_t {
    P_FREE = 0,
    P_RUNNABLE,
    P_BLOCKED,                          // waits for something: see `wait`
    P_FAULTED,                          // stopped for good; its memory is there to be looked at
    P_EXITED,                           // only a record: `status`, `parent`, `ended`
};

// What a process can wait for, and what the key says of each
enum class wait_kind : uint8_t {
    nothing,
    tick,                               // the tick with that number
    child,                              // the end of the child with that pid
    any_child,                          // the end of any child of the process with that pid
    page,                               // a page on its way to memory, or anything that the disk
                                        // does: the keys are in `file_pages.hh`
    memory,                             // free pages; the key is 0
    pipe,                               // bytes in a pipe, or room for them: at the end with that
                                        // number (`pipe.hh`)
    line,                               // a line that a person types; the key is 0
};

struct wait {
    wait_kind kind = wait_kind::nothing;
    uint64_t key = 0;
};

// What `sys_memory` counts of a process's memory, in pages: see `memory_report`
struct memory_counts {
    uint64_t resident, promised, shared, tables;
};

struct proc {
    x86_64_pagetable* pagetable = nullptr;
    pid_t pid = 0;
    procstate_t state = P_FREE;
    regstate* regs = nullptr;           // as saved when it last entered the kernel; on its frame
    region_list regions = {};           // what is promised beyond its page table
    heap_bounds heap = {};              // where `sys_sbrk` grows it
    const program* image = nullptr;     // the program it runs
    pid_t parent = 0;                   // 0: none, or none any more
    bool is_orphan = false;             // it had a parent, which has ended
    int children = 0;                   // slots of which this one is the parent
    unsigned kept = 0;                  // ends that are kept for it: see `kept_end`
    int status = 0;                     // how it ended: see `sys_wait`
    uint64_t ended = 0;                 // when it faulted or exited: 1 for the first one ever
    struct wait wait = {};              // what it waits for while `P_BLOCKED`; then what woke it
    uint64_t progress = 0;              // how far its call has come that goes on later; else 0
    uint64_t begun_at = 0;              // 1 + the place in its file where such a call began
    x86_64_pagetable* begun = nullptr;  // memory that this call is making: see `process.cc`
    memory_counts counted = {};         // what this call, `sys_memory`, has counted so far
    uint32_t faults[NFAULT_KINDS] = {}; // page faults that became memory
    proc* next = nullptr;               // the run queue's neighbours
    proc* previous = nullptr;

    address_space space() { return {pagetable, &regions, &heap, pid, &progress}; }
    // Its call has come to an end.
    void forget_progress() { progress = begun_at = 0; }
};
// for entry.S
static_assert(offsetof(proc, pagetable) == PROC_PAGETABLE && offsetof(proc, regs) == PROC_REGS);

extern "C" {
extern proc ptable[NPROC];
extern proc* current;                   // the process that ran last; or `no_process`: see there
}

// init_processes()
//    Make the run queue, with nobody in it. `no_process` gets registers too, which nobody reads.
void init_processes();

// Slot 0, which is no process: `current` before the first one runs, and after it is gone.
inline proc* const no_process = ptable;

// The run queue: a ring of `next` and `previous`. Slot 0 is its start and its end.
inline proc* const run_queue = no_process;
inline void enqueue_before(proc& p, proc* next) {
    p.next = next;
    p.previous = next->previous;
    p.previous->next = &p;
    next->previous = &p;
}
inline void enqueue(proc& p) {
    enqueue_before(p, run_queue);
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
