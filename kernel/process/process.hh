// process.hh - process life: birth, fork, exec, death, and what is left for a parent to wait for
//
//    Called by the system calls and by `kernel.cc`. `proc.hh` says what a process is.
#ifndef KINGLET_PROCESS_HH
#define KINGLET_PROCESS_HH
#include "process/proc.hh"
#include "process/program_image.hh"

constexpr pid_t any_child = -1;

// How a child ended, kept because another process needed the child's slot. It is kept until the
// parent has waited for the child or has ended; but only the last `kept_limit` are kept, of all
// processes together.
struct kept_end {
    int8_t parent, pid;
    int16_t status;
};
constexpr unsigned kept_limit = 128;

// What `sys_exec` gives to the new program's `main`
struct program_arguments {
    int count = 0;
    unsigned size = 0;                  // of the strings together, in bytes
    char strings[argument_bytes_limit + 1];         // one after the other, each with its zero byte
};

// start_process(pid, image, parent)
//    Make the slot `pid`, which is free or an exit record, a runnable process that runs `image`
//    from its start, as a child of `parent` or of nobody. Returns `pid`; or, with nothing changed,
//    `E_AGAIN` if there is no such slot, `E_NOEXEC` if the program cannot be loaded, `E_NOMEM`.
//    With a parent, whose call this is, it may return `E_MORE` (`work_part.hh`); so may the next
//    three.
[[nodiscard]] int start_process(pid_t pid, const program& image, proc* parent = nullptr);

// spawn_process(parent, image)
//    The same in a slot that the kernel chooses: a free one, else that of the oldest exit record
//    for which no parent has been woken.
[[nodiscard]] int spawn_process(proc& parent, const program& image);

// fork_process(parent)
//    Copy a process. Returns the child's pid, which the parent's registers do not show yet; the
//    child's `rax` is 0. `E_AGAIN` if there is no slot, neither free nor an exit record's,
//    `E_NOMEM` if memory ran out; then nothing has changed.
[[nodiscard]] int fork_process(proc& parent);

// exec_process(p, image, arguments)
//    Let the process run `image` from its start, with new memory and these arguments; null: none.
//    Returns 0; or, with nothing changed, `E_NOEXEC` or `E_NOMEM`.
[[nodiscard]] int exec_process(proc& p, const program& image, const program_arguments* arguments);

// anything_begun()
//    Whether a call has begun to make memory for a process, and goes on later.
bool anything_begun();

// drop_begun(p)
//    The call of `p` will not go on: its progress is forgotten, and the memory that it has begun to
//    make, if any, is given up.
void drop_begun(proc& p);

// end_process(p, status)
//    Give back all the memory of a process. If it has a parent that may wait for it, the slot
//    remains as an exit record with `status` (`STATUS_FAULTED` if it had faulted), else it is free.
//    Its children have no parent any more.
void end_process(proc& p, int status);

// reap_process(p)
//    Free the slot of a process that has faulted or exited.
void reap_process(proc& p);

// fault_process(p)
//    Stop the process for good, but keep its memory to be looked at, unless it is an orphan: then
//    nothing remains. Its children have no parent any more.
void fault_process(proc& p);

// ended_child(parent, pid)
//    The child `pid`, if it has exited or faulted. With `any_child`, the child that did so first.
//    Null if there is none.
proc* ended_child(const proc& parent, pid_t pid);

// kept_child(parent, pid), forget_kept(gone)
//    `kept_child` finds the oldest kept end of the child `pid`, or of any child (`any_child`); null
//    if there is none. A call that waits for any child takes it before what `ended_child` finds. A
//    call that waits for one pid takes it only if no child of the parent has that slot now.
//    `forget_kept` removes it: the parent has waited for it.
const kept_end* kept_child(const proc& parent, pid_t pid);
void forget_kept(const kept_end* gone);

// descends_from(p, ancestor)
//    Whether `p` is a child of process `ancestor`, or a child's child, and so on.
bool descends_from(const proc& p, pid_t ancestor);

// live_processes(), faulted_processes()
//    How many processes are alive, without those that were stopped; how many were ever stopped.
unsigned live_processes();
unsigned faulted_processes();

#endif
