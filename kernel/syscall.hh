// syscall.hh - the system calls: one table from call number to function
//
//    Called by `syscall` in `kernel.cc`, which then chooses who runs next. A call's function gets
//    its arguments, which may be anything, and returns what goes into `rax`: a result, or a
//    negative error. With an error it has done nothing that may not be done again. A function that
//    must wait blocks the process and returns any error: `return block(p, ...)`. That call begins
//    again later. So does a call that returns `E_MORE`, at once (`memory/work_part.hh`), and one
//    that returns `E_NOMEM`, if memory can be freed.
#ifndef KINGLET_SYSCALL_HH
#define KINGLET_SYSCALL_HH
#include "abi.hh"
#include "process/proc.hh"

using syscall_function = int64_t (*)(proc& p);

struct syscall_list {
    syscall_function functions[NSYSCALL] = {};

    syscall_function operator[](uint64_t number) const { return functions[number]; }
};
extern const syscall_list syscall_table;

#endif
