// report.hh - what to say about a process that stopped
#ifndef KINGLET_REPORT_HH
#define KINGLET_REPORT_HH
#include "memory/fault.hh"
#include "process/process.hh"

// report_fault(p, address, outcome)
//    Log, and print, why the exception in `p.regs` stops the process: cause, address and access,
//    the CPU's error code, where it was. For a page fault, `address` is the faulting address
//    (`cr2`), `outcome` why it did not become memory.
void report_fault(proc& p, uintptr_t address, fault_outcome outcome = fault_outcome::refused);

// report_panic(p, message)
//    Log, and print, a process's last words, and log its backtrace.
void report_panic(proc& p, const char* message);

// console_is_logged, log_written(p, text, size)
//    Log, if somebody wants that, what the process has printed: a newline as `\n`, a backslash as
//    `\\`. `size` is at most `write_limit`.
extern bool console_is_logged;
void log_written(const proc& p, const char* text, unsigned size);

// log_resolved_fault(p, address, kind)
//    Log that a page fault on `address` became memory.
void log_resolved_fault(const proc& p, uintptr_t address, fault_kind kind);

#endif
