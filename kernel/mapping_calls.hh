// mapping_calls.hh - the system calls that have to do with mappings, for the table in `syscall.cc`
//
//    Each checks its arguments and asks `memory/mapping.hh`, and `process/files.hh` where there is
//    a file.
#ifndef KINGLET_MAPPING_CALLS_HH
#define KINGLET_MAPPING_CALLS_HH
#include "memory/user_memory.hh"
#include "process/proc.hh"

int64_t syscall_mmap(proc& p, uintptr_t va, size_t size, int prot, int flags, int fd,
                     int64_t offset);
int64_t syscall_munmap(proc& p, uintptr_t va, size_t size);
int64_t syscall_msync(proc& p, uintptr_t va, size_t size, int flags);
int64_t syscall_mincore(proc& p, uintptr_t va, size_t size, user_ptr<uint8_t> out);
int64_t syscall_madvise(proc& p, uintptr_t va, size_t size, int advice);

// is_permission(prot)
//    Whether a process may have these permissions (`PROT_*`) of its memory: not both to write and
//    to execute.
bool is_permission(int prot);

#endif
