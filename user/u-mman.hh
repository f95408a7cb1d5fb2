// u-mman.hh - the system calls for mapped memory; u-mman.h has their POSIX names
//
//    A mapping is memory that stands for a part of a file, or for zeros (`MAP_ANONYMOUS`). Its
//    pages come when they are touched. Of a file's last page, what is behind the file's end is
//    zeros; to touch a page behind that one is a fault. A mapping outlives the descriptor it was
//    made with; as long as it is there, the file counts as open. A child has its parent's mappings.
#ifndef KINGLET_U_MMAN_HH
#define KINGLET_U_MMAN_HH
#include "u-file.hh"

// sys_mmap(address, size, permissions, flags, fd, offset)
//    Map `size` bytes of an open file, from byte `offset` on, a multiple of `PAGESIZE`; or, with
//    `MAP_ANONYMOUS`, zeros. `permissions` are `PROT_*` together. `flags` say `MAP_SHARED` or
//    `MAP_PRIVATE`. With `MAP_FIXED` it is at `address`, a multiple of `PAGESIZE`, in place of all
//    that was there; else near it, or elsewhere. Returns where; or `E_INVAL` for other arguments,
//    `E_BADF`, `E_NODEV` for the console, `E_ACCES` if the file was not opened to be read, or
//    `PROT_WRITE` and `MAP_SHARED` are asked for and it was not opened to be written to,
//    `E_OVERFLOW` for an offset that no file has, `E_NOMEM` if there is no room for it in this
//    process's addresses or, for shared memory without a file, no memory.
inline void* sys_mmap(void* address, size_t size, int permissions, int flags, int fd,
                      int64_t offset) {
    return reinterpret_cast<void*>(make_syscall(SYSCALL_MMAP, reinterpret_cast<uintptr_t>(address),
                                                size, uintptr_t(permissions), uintptr_t(flags),
                                                uintptr_t(fd), uintptr_t(offset)));
}

// sys_munmap(address, size)
//    Take away all that is in the pages of `[address, address + size)`, mapped or not. What was
//    written to a shared mapping stays written. Returns 0, or `E_INVAL` if `address` is not a
//    multiple of `PAGESIZE`, `size` is 0, or they are not this process's; `E_NOMEM` if it would
//    have too many separate parts of memory.
inline int sys_munmap(void* address, size_t size) {
    return int(make_syscall(SYSCALL_MUNMAP, reinterpret_cast<uintptr_t>(address), size));
}

// sys_msync(address, size, flags)
//    With `MS_SYNC`, wait until the disk has what was written to shared mappings in that range;
//    with `MS_ASYNC` it has it some seconds later. Returns 0; or `E_INVAL` for other flags, or
//    both, `E_NOMEM` if there is nothing at some page there, `E_IO`.
inline int sys_msync(void* address, size_t size, int flags) {
    return int(make_syscall(SYSCALL_MSYNC, reinterpret_cast<uintptr_t>(address), size,
                            uintptr_t(flags)));
}

// sys_mincore(address, size, residents)
//    For each page there, store at `residents` one byte: 1 if it is in memory, so that touching it
//    waits for no disk, else 0. Returns 0, or `E_INVAL`, `E_NOMEM` if there is nothing at some
//    page.
inline int sys_mincore(const void* address, size_t size, unsigned char* residents) {
    return int(make_syscall(SYSCALL_MINCORE, reinterpret_cast<uintptr_t>(address), size,
                            reinterpret_cast<uintptr_t>(residents)));
}

// sys_madvise(address, size, advice)
//    `MADV_DONTNEED`: give up the pages there. When they are touched again they are zeros, or what
//    the file has; shared memory without a file keeps its pages. Other advice means nothing.
//    Returns 0, or `E_INVAL`, `E_NOMEM` if there is nothing at some page.
inline int sys_madvise(void* address, size_t size, int advice) {
    return int(make_syscall(SYSCALL_MADVISE, reinterpret_cast<uintptr_t>(address), size,
                            uintptr_t(advice)));
}

#endif
