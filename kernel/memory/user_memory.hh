// user_memory.hh - memory that a process says is there
//
//    A process's pointer is a number until its page table has been asked. `user_span` and `user_string` carry such
//    a number; `try_copy_in` is the only way to the bytes. It walks the process's page table page by page, so a bad
//    pointer is `E_FAULT` and never a fault of the kernel's.
#ifndef KINGLET_USER_MEMORY_HH
#define KINGLET_USER_MEMORY_HH
#include "x86-64.hh"
#include "lib.hh"

// `size` bytes that a process alleges to have at `va`.
struct user_span {
    uintptr_t va;
    size_t size;
};

// A string that a process alleges to have at `va`: up to its zero byte, or `limit` bytes.
struct user_string {
    uintptr_t va;
    size_t limit;
};

// try_copy_in(to, pagetable, from)
//    Copy the process's bytes to `to`, which has room for all of them. Returns 0, or `E_FAULT` if the process
//    itself could not read every one of them; then `to` has arbitrary contents.
[[nodiscard]] int try_copy_in(void* to, x86_64_pagetable* pagetable, user_span from);

// try_copy_in(to, pagetable, from)
//    Copy the process's string to `to`, which has room for `from.limit + 1` bytes, and end it with a zero byte.
//    Returns its length, or `E_FAULT` if it runs into memory that the process could not read.
[[nodiscard]] int try_copy_in(char* to, x86_64_pagetable* pagetable, user_string from);

#endif
