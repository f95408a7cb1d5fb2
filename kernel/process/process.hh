// process.hh - processes: the table, the run queue, birth and death
//
//    Called by the system calls and by `kernel.cc`. Invariants: a slot is `P_FREE` exactly if it has no page
//    table; the run queue holds exactly the `P_RUNNABLE` processes, the one to run next at its front.
#ifndef KINGLET_PROCESS_HH
#define KINGLET_PROCESS_HH
#include "device/cpu.hh"
#include "process/program_image.hh"

enum procstate_t { P_FREE = 0, P_RUNNABLE, P_BLOCKED, P_FAULTED };

struct alignas(16) proc {
    x86_64_pagetable* pagetable;
    pid_t pid;
    procstate_t state;
    regstate regs;                      // as saved when the process last entered the kernel
    const program* image;               // the program it runs
    proc* next;                         // the run queue's neighbours
    proc* previous;
};
static_assert((offsetof(proc, regs) + sizeof(regstate)) % 16 == 0);

extern "C" {
extern proc ptable[NPROC];
extern proc* current;                   // the process that ran last; null before the first and after it is gone
}

// start_process(pid, image)
//    Make the free slot `pid` a runnable process that runs `image` from its start. Returns null, or what is wrong;
//    then the slot is still free and no memory is lost.
[[nodiscard]] const char* start_process(pid_t pid, const program& image);

// fork_process(parent)
//    Copy a process. Returns the child's pid, which the parent's registers do not show yet; the child's `rax` is 0.
//    `E_AGAIN` if no slot is free, `E_NOMEM` if memory ran out; then nothing has changed.
[[nodiscard]] int fork_process(proc& parent);

// end_process(p)
//    Give back everything that the process has; its slot is free.
void end_process(proc& p);

// fault_process(p)
//    Stop the process for good, but keep its memory to be looked at.
void fault_process(proc& p);

// live_processes(), faulted_processes()
//    How many processes there are, those not counted that were stopped; and how many ever were.
unsigned live_processes();
unsigned faulted_processes();

// yield_process(p)
//    Move a runnable process to the end of the run queue.
void yield_process(proc& p);

// next_runnable()
//    The process at the front of the run queue; null if nobody can run.
extern proc run_queue;                  // a ring of `next` and `previous`, this being its start and its end
inline proc* next_runnable() {
    return run_queue.next != &run_queue ? run_queue.next : nullptr;
}

#endif
