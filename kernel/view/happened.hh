// happened.hh - what just happened, in words
//
//    Faults, births and deaths of processes, and calls that were refused are noted as numbers,
//    which costs a handful of instructions; faults that became memory are noted only if somebody
//    looks. When the picture is drawn, the last two events are put into words, in the kernel's two
//    rows. Then the page concerned is looked up, and marked for a second.
#ifndef KINGLET_HAPPENED_HH
#define KINGLET_HAPPENED_HH
#include "memory/fault.hh"
#include "process/process.hh"

enum class happening : uint8_t {
    nothing,
    fault,
    stop,
    exception,
    fork,
    spawn,
    exec,
    exit,
    kill,
    panic,
    call
};

// note_happening(what, p, number)
//    `p` has got a child (`fork`, `spawn`) with the pid `number`; runs another program (`exec`);
//    exits with the status `number`; is ended by the process `number`, 0 being a person (`kill`).
void note_happening(happening what, const proc& p, int64_t number);

// note_fault(p, address, outcome, kind)
//    A page fault of `p` on `address`, with the error code that its registers have, and what came
//    of it: see `resolve_fault`.
void note_fault(const proc& p, uintptr_t address, fault_outcome outcome, fault_kind kind);

// note_exception(p)
//    Another exception stops `p`.
void note_exception(proc& p);

// note_panic(p, message)
//    The process stops itself, with these words.
void note_panic(const proc& p, const char* message);

// note_call(p, number)
//    `p` has made system call `number`; the result is in its registers. For calls that are refused.
void note_call(const proc& p, uint64_t number);

// expect_step(), note_step(p, number)
//    `expect_step`: the next call or fault is a step and will be noted. `note_step`: the step is
//    over. If nothing was noted since, it was the call `number` of `p`, which is noted now.
void expect_step();
void note_step(const proc& p, uint64_t number);

// is_news()
//    Whether anything was noted since `show_happened` was called.
bool is_news();

// mark_happened(pid)
//    Mark, for a second, the pages that the last events were about: in the upper panel, and in the
//    lower panel if that shows the virtual memory of process `pid` (0: it does not).
void mark_happened(pid_t pid);

// show_happened()
//    Show the last two events, if there is news and no message stands in their place.
void show_happened();

#endif
