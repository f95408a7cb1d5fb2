// report.hh - what to say about a process that stopped
#ifndef KINGLET_REPORT_HH
#define KINGLET_REPORT_HH
#include "process/process.hh"

// exception_name(number)
//    What the manual calls exception `number` (0 to 31), in words (SDM vol. 3A, 6.3.1).
const char* exception_name(uint64_t number);

// report_fault(p, address)
//    Log, and show, why the exception in `p.regs` stops the process: cause, address and access, the CPU's error code,
//    where it was. `address` is the faulting address of a page fault (`cr2`).
void report_fault(const proc& p, uintptr_t address);

// report_panic(p, message)
//    Log, and show, a process's last words, and log its backtrace.
void report_panic(const proc& p, const char* message);

#endif
