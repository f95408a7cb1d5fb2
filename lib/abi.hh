// abi.hh - what a user program and the kernel agree on
//
//    A system call is the `syscall` instruction with the call's number in `rax` and up to six
//    arguments in `rdi rsi rdx r10 r8 r9`. The result comes back in `rax`; from -1 down to -4095 it
//    is an error. `rcx` and `r11` are lost; every other register is kept.
#ifndef KINGLET_ABI_HH
#define KINGLET_ABI_HH
#include <stdint.h>
#include "layout.h"

constexpr int SYSCALL_GETPID = 1;
constexpr int SYSCALL_YIELD = 2;
constexpr int SYSCALL_PANIC = 3;
constexpr int SYSCALL_PAGE_ALLOC = 4;
constexpr int SYSCALL_FORK = 5;
constexpr int SYSCALL_EXIT = 6;
constexpr int SYSCALL_LOG = 7;
constexpr int SYSCALL_SBRK = 8;
constexpr int SYSCALL_EXEC = 9;
constexpr int SYSCALL_WAIT = 10;
constexpr int SYSCALL_KILL = 11;
constexpr int SYSCALL_SLEEP = 12;
constexpr int SYSCALL_GETPPID = 13;
constexpr int SYSCALL_SPAWN = 14;
constexpr int SYSCALL_PAGE_FREE = 15;
constexpr int SYSCALL_MAPPING = 16;
constexpr int SYSCALL_MEMORY = 17;
constexpr int SYSCALL_MPROTECT = 18;
constexpr int SYSCALL_WRITE = 19;
constexpr int SYSCALL_WAITPID = 20;
constexpr int SYSCALL_UPTIME = 21;
constexpr int SYSCALL_RANDOM = 22;
constexpr int SYSCALL_OPEN = 23;
constexpr int SYSCALL_CLOSE = 24;
constexpr int SYSCALL_READ = 25;
constexpr int SYSCALL_PREAD = 26;
constexpr int SYSCALL_LSEEK = 27;
constexpr int SYSCALL_DUP2 = 28;
constexpr int SYSCALL_STAT = 29;
constexpr int SYSCALL_FSTAT = 30;
constexpr int SYSCALL_READDIR = 31;
constexpr int SYSCALL_PWRITE = 32;
constexpr int SYSCALL_FTRUNCATE = 33;
constexpr int SYSCALL_UNLINK = 34;
constexpr int SYSCALL_RENAME = 35;
constexpr int SYSCALL_FSYNC = 36;
constexpr int SYSCALL_SYNC = 37;
constexpr int SYSCALL_PIPE = 38;
constexpr int SYSCALL_MMAP = 39;
constexpr int SYSCALL_MUNMAP = 40;
constexpr int SYSCALL_MSYNC = 41;
constexpr int SYSCALL_MINCORE = 42;
constexpr int SYSCALL_MADVISE = 43;
constexpr int NSYSCALL = 44;            // numbers from here on are unknown: `E_NOSYS`

// Errors, numbered as on Linux
constexpr int E_PERM = -1;              // not this process's to do
constexpr int E_NOENT = -2;             // no program, or no file, of that name
constexpr int E_SRCH = -3;              // no such process
constexpr int E_IO = -5;                // a device failed
constexpr int E_2BIG = -7;              // too many arguments, or too long ones
constexpr int E_NOEXEC = -8;            // a program that cannot be loaded
constexpr int E_BADF = -9;              // no such file
constexpr int E_CHILD = -10;            // no such child
constexpr int E_AGAIN = -11;            // not now: no free process slot, or no child has ended yet
constexpr int E_NOMEM = -12;            // out of physical memory
constexpr int E_ACCES = -13;            // not what the file was opened for
constexpr int E_FAULT = -14;            // an address the process may not use
constexpr int E_BUSY = -16;             // a file that is open
constexpr int E_EXIST = -17;            // a file of that name is there
constexpr int E_NODEV = -19;            // the console, where only a file will do
constexpr int E_INVAL = -22;            // an argument that makes no sense
constexpr int E_NFILE = -23;            // too many files are open
constexpr int E_MFILE = -24;            // this process has too many open files
constexpr int E_FBIG = -27;             // a file would be too large
constexpr int E_NOSPC = -28;            // the disk is full
constexpr int E_SPIPE = -29;            // no file, but the console or a pipe
constexpr int E_ROFS = -30;             // a disk that can only be read
constexpr int E_PIPE = -32;             // nobody reads this pipe any more
constexpr int E_NAMETOOLONG = -36;      // a longer name than any file has
constexpr int E_NOSYS = -38;            // no such system call
constexpr int E_OVERFLOW = -75;         // a place behind the last one that a file can have
constexpr int E_MINERROR = -4095;

// is_error(result)
//    True if a system call's result is an error number.
constexpr bool is_error(uint64_t result) {
    return result >= uint64_t(int64_t(E_MINERROR));
}

// A process's number is its slot in the process table: 1 to `NPROC - 1`, drawn as `1`-`9`, `a`-`z`.
constexpr int NPROC = 36;

constexpr int HZ = 100;                 // timer interrupts a second

constexpr unsigned program_name_limit = 63;     // bytes; no program has a longer name

// The longest message `sys_panic` and `sys_log` take, in bytes; what is longer is cut.
constexpr unsigned message_limit = 256;

// `sys_write` writes at most so many bytes in one call.
constexpr unsigned write_limit = 128;

// How a process ended, as `sys_wait` says it: 0 to 255 is what it gave to `sys_exit`.
constexpr int STATUS_FAULTED = 256;     // it faulted, or panicked
constexpr int STATUS_KILLED = 257;

// `sys_waitpid`: do not wait.
constexpr int W_NOHANG = 1;

// `sys_mprotect`: what a process may do with its memory. It may also read whatever it may write or
// execute.
constexpr int PROT_NONE = 0;
constexpr int PROT_READ = 1;
constexpr int PROT_WRITE = 2;
constexpr int PROT_EXEC = 4;

// `sys_mmap`: what is mapped, and who sees what is written there
constexpr int MAP_SHARED = 1;           // all who have it mapped, and the file
constexpr int MAP_PRIVATE = 2;          // only this process
constexpr int MAP_FIXED = 0x10;         // exactly at that address, in place of what is there
constexpr int MAP_ANONYMOUS = 0x20;     // no file, but zeros

// `sys_msync`
constexpr int MS_ASYNC = 1;             // the disk has it some seconds later, as always
constexpr int MS_INVALIDATE = 2;        // means nothing here: a file's page is there only once
constexpr int MS_SYNC = 4;              // wait until the disk has it

// `sys_madvise`
constexpr int MADV_NORMAL = 0;
constexpr int MADV_RANDOM = 1;
constexpr int MADV_SEQUENTIAL = 2;
constexpr int MADV_WILLNEED = 3;
constexpr int MADV_DONTNEED = 4;        // give up these pages; the others mean nothing here

// `sys_exec`: at most so many arguments, and so many bytes of them, zero bytes included
constexpr int argument_limit = 32;
constexpr unsigned argument_bytes_limit = 1024;

// Page faults that became memory, by what the kernel did
enum fault_kind {
    FAULT_ZERO,                         // first read of a promised page: the page of zeros
    FAULT_HEAP,                         // first write to a promised page: a new page
    FAULT_STACK,                        // the same, on the stack
    FAULT_COPY,                         // write to a shared page: a copy
    FAULT_REUSE,                        // write to a page that is shared no more
    FAULT_TABLE,                        // write to a page that needed no copy, below a page table
                                        // that was shared and has now become the process's own
    FAULT_FILE,                         // first touch of a page of a mapped file
    NFAULT_KINDS
};

// `sys_mapping`: what one page of a process's own maps to
struct memory_mapping {
    uint64_t pa;                        // physical address; `(uint64_t) -1` if there is none
    uint64_t perm;                      // `PTE_*`, 0 if not present
};

// `sys_memory`: what memory there is, in pages, and what this process has of it
struct memory_report {
    uint64_t total;                     // pages that processes can have together
    uint64_t free;                      // those of them that nobody has
    uint64_t owed;                      // those of `free` that copies may still need
    uint64_t resident;                  // present in this process, the page of zeros not counted
    uint64_t promised;                  // promised to it and not present
    uint64_t shared;                    // those of `resident` that others have too
    uint64_t tables;                    // page-table pages, shared ones included
    uint64_t faults[NFAULT_KINDS];      // how often each kind came up
};

#endif
