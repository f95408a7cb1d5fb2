// wait.hh - waiting: a process that must wait is blocked, and begins again when it is woken
//
//    Nothing sleeps inside the kernel. A system call or a page fault that must wait blocks its
//    process and gives up with an error that nobody will see. Until then it has done nothing that
//    may not be done twice. `syscall` and `page_fault` in `kernel.cc` find that the process is
//    blocked, and leave its `rip` at the same instruction. When the process is woken, it executes
//    that instruction again. A call that may not do everything again keeps in `progress` how far it
//    has come; a page fault in between does not change that.
#ifndef KINGLET_WAIT_HH
#define KINGLET_WAIT_HH
#include "process/proc.hh"

// block(p, what)
//    Take `p`, which is runnable, out of the run queue until `wake` is called for `what`. Returns
//    an error, for a system call that gives up.
[[nodiscard]] int block(proc& p, struct wait what);

// wake(kind, key)
//    Make runnable all processes that wait for this. They go to the end of the run queue; those
//    that wait for memory go to its front, or other processes would take the pages that were freed
//    for them.
void wake(wait_kind kind, uint64_t key);

// wake_process(p, kind, key)
//    The same for this process alone, if it waits for this. `kind` is not `memory`.
void wake_process(proc& p, wait_kind kind, uint64_t key);

#endif
