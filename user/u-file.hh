// u-file.hh - the system calls for files
//
//    A descriptor is a number from 0 to `descriptor_limit - 1`: 0 is the keyboard, 1 and 2 are the
//    console, others come from `sys_open` and `sys_pipe`. A child has its parent's, and both move
//    the same place in an open file. `sys_exec` keeps them. Every call that takes a descriptor
//    returns `E_BADF` if nothing is open there; one that takes memory, also what u-lib.hh says of
//    pointers.
#ifndef KINGLET_U_FILE_HH
#define KINGLET_U_FILE_HH
#include "file_abi.hh"
#include "u-lib.hh"

// sys_open(name, flags)
//    Open a file; `flags` are `O_*` together. Returns the lowest descriptor that is free; or
//    `E_NOENT`, `E_EXIST` with `O_EXCL`, `E_INVAL` for other flags or a name that no file may have,
//    `E_MFILE` or `E_NFILE` if this process, or all together, have too many open, `E_NAMETOOLONG`,
//    and if the disk is to be written to, `E_ROFS`, `E_NOSPC`, `E_IO`.
inline int sys_open(const char* name, int flags) {
    return int(make_syscall(SYSCALL_OPEN, reinterpret_cast<uintptr_t>(name), uintptr_t(flags)));
}

// sys_close(fd)
inline int sys_close(int fd) {
    return int(make_syscall(SYSCALL_CLOSE, uintptr_t(fd)));
}

// sys_read(fd, buffer, size), sys_pread(fd, buffer, size, offset)
//    Read the next bytes, or those from `offset` on. Returns how many: fewer only at the file's
//    end; or `E_IO` if the disk failed, `E_SPIPE` (pread) for the console and pipes, `E_INVAL` for
//    a negative offset. From the console it reads one line, or a part of one, once somebody has
//    typed it; 0 if that was Ctrl-D.
inline int64_t sys_read(int fd, void* buffer, size_t size) {
    return int64_t(make_syscall(SYSCALL_READ, uintptr_t(fd), reinterpret_cast<uintptr_t>(buffer),
                                size));
}
inline int64_t sys_pread(int fd, void* buffer, size_t size, int64_t offset) {
    return int64_t(make_syscall(SYSCALL_PREAD, uintptr_t(fd), reinterpret_cast<uintptr_t>(buffer),
                                size, uintptr_t(offset)));
}

// sys_write(fd, buffer, size) is that of u-lib.hh: to a file, all bytes are written; the disk has
// them some seconds later. It is an error if the file was not opened to be written to (`E_BADF`),
// the disk is full (`E_NOSPC`) or can only be read (`E_ROFS`), the file is too large (`E_FBIG`).

// sys_pwrite(fd, buffer, size, offset)
//    The same, from `offset` on. What is between the file's end and `offset` is zeros.
inline int64_t sys_pwrite(int fd, const void* buffer, size_t size, int64_t offset) {
    return int64_t(make_syscall(SYSCALL_PWRITE, uintptr_t(fd), reinterpret_cast<uintptr_t>(buffer),
                                size, uintptr_t(offset)));
}

// sys_ftruncate(fd, size)
//    Give a file another size. What is new is zeros. Returns 0, or errors as for writing.
inline int sys_ftruncate(int fd, int64_t size) {
    return int(make_syscall(SYSCALL_FTRUNCATE, uintptr_t(fd), uintptr_t(size)));
}

// sys_unlink(name), sys_rename(name, to)
//    Remove a file; give it another name, in place of a file that has that one. Returns 0, or
//    `E_NOENT`, `E_BUSY` if a file that would go is open, `E_INVAL` for a name that no file may
//    have, `E_NAMETOOLONG`, `E_ROFS`, `E_NOSPC`, `E_IO`.
inline int sys_unlink(const char* name) {
    return int(make_syscall(SYSCALL_UNLINK, reinterpret_cast<uintptr_t>(name)));
}
inline int sys_rename(const char* name, const char* to) {
    return int(make_syscall(SYSCALL_RENAME, reinterpret_cast<uintptr_t>(name),
                            reinterpret_cast<uintptr_t>(to)));
}

// sys_fsync(fd), sys_sync()
//    Wait until the disk has what was written to a file, or to all. Returns 0 or `E_IO`, `E_NOSPC`.
inline int sys_fsync(int fd) {
    return int(make_syscall(SYSCALL_FSYNC, uintptr_t(fd)));
}
inline int sys_sync() {
    return int(make_syscall(SYSCALL_SYNC));
}

// sys_lseek(fd, offset, whence)
//    Have the next byte read at `offset` from the file's beginning, from where it would be read, or
//    from the end (`SEEK_*`). Returns how far from the beginning that is; or `E_INVAL` if it is
//    before it, `E_SPIPE` for the console and pipes.
inline int64_t sys_lseek(int fd, int64_t offset, int whence) {
    return int64_t(make_syscall(SYSCALL_LSEEK, uintptr_t(fd), uintptr_t(offset),
                                uintptr_t(whence)));
}

// sys_dup2(fd, to)
//    Let descriptor `to` be what `fd` is. Returns `to`.
inline int sys_dup2(int fd, int to) {
    return int(make_syscall(SYSCALL_DUP2, uintptr_t(fd), uintptr_t(to)));
}

// sys_pipe(fds)
//    Make a pipe: what is written to `fds[1]` is read from `fds[0]`, in the same order. A read
//    waits until there is something, and returns what there is; or 0 if nobody can write any more.
//    A write waits until there is room for all; what has at most `PIPE_BUF` bytes is never mixed
//    with what others write. It is `E_PIPE` if nobody can read any more. Returns 0; or `E_MFILE`,
//    `E_NFILE` if there are too many descriptors or pipes, `E_NOMEM`.
inline int sys_pipe(int* fds) {
    return int(make_syscall(SYSCALL_PIPE, reinterpret_cast<uintptr_t>(fds)));
}

// sys_stat(name, info), sys_fstat(fd, info)
//    Tell about a file; `sys_fstat` also tells if it is a pipe or the console. Returns 0, or
//    `E_NOENT`, `E_NAMETOOLONG`.
inline int sys_stat(const char* name, file_info* info) {
    return int(make_syscall(SYSCALL_STAT, reinterpret_cast<uintptr_t>(name),
                            reinterpret_cast<uintptr_t>(info)));
}
inline int sys_fstat(int fd, file_info* info) {
    return int(make_syscall(SYSCALL_FSTAT, uintptr_t(fd), reinterpret_cast<uintptr_t>(info)));
}

// sys_readdir(position, info)
//    Tell about the next file. `position` is 0 for the first one, and then what the call before
//    returned. Returns 0 if there is no further file.
inline int sys_readdir(int position, file_info* info) {
    return int(make_syscall(SYSCALL_READDIR, uintptr_t(position),
                            reinterpret_cast<uintptr_t>(info)));
}

#endif
