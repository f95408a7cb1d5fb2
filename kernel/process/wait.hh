// wait.hh - waiting: who must wait is blocked, and begins again when it is woken
//
//    Nothing sleeps inside the kernel. A system call or a page fault that must wait blocks its
//    process, having changed nothing that it would change once more, and gives up with an error
//    that nobody will see: `syscall` and `page_fault` in `kernel.cc` find that the process is
//    blocked, and leave it at the instruction that brought it here. Who wakes it lets that
//    instruction be executed again. How far a call has come, if it may not do all again, stands in
//    `progress`, which a page fault in between leaves alone.
#ifndef KINGLET_WAIT_HH
#define KINGLET_WAIT_HH
#include "process/proc.hh"

// block(p, what)
//    Take `p`, which is runnable, out of the run queue until `wake` is called for `what`. Returns
//    an error, for a system call that gives up.
[[nodiscard]] int block(proc& p, struct wait what);

// wake(kind, key)
//    Make runnable all processes that wait for this. They come to the end of the run queue; but who
//    waits for memory comes to its front, or others would take what was freed for it.
void wake(wait_kind kind, uint64_t key);

#endif
