// file_calls.hh - the system calls that have to do with files, for the table in `syscall.cc`
//
//    Each copies in what the process names and asks `process/files.hh`.
#ifndef KINGLET_FILE_CALLS_HH
#define KINGLET_FILE_CALLS_HH
#include "file_abi.hh"
#include "memory/user_memory.hh"
#include "process/proc.hh"

int64_t syscall_open(proc& p, user_ptr<char> name, int flags);
int64_t syscall_close(proc& p, int fd);
int64_t syscall_read(proc& p, int fd, uintptr_t buffer, size_t size);
int64_t syscall_pread(proc& p, int fd, uintptr_t buffer, size_t size, int64_t offset);
int64_t syscall_pwrite(proc& p, int fd, uintptr_t buffer, size_t size, int64_t offset);
int64_t syscall_ftruncate(proc& p, int fd, int64_t size);
int64_t syscall_unlink(proc& p, user_ptr<char> name);
int64_t syscall_rename(proc& p, user_ptr<char> name, user_ptr<char> to);
int64_t syscall_fsync(proc& p, int fd);
int64_t syscall_sync(proc& p);
int64_t syscall_lseek(proc& p, int fd, int64_t offset, int whence);
int64_t syscall_dup2(proc& p, int fd, int to);
int64_t syscall_pipe(proc& p, user_ptr<pipe_ends> out);
int64_t syscall_stat(proc& p, user_ptr<char> name, user_ptr<file_info> out);
int64_t syscall_fstat(proc& p, int fd, user_ptr<file_info> out);
int64_t syscall_readdir(proc& p, int position, user_ptr<file_info> out);

#endif
