// start.hh - what the kernel does before the first process runs
//
//    The first three functions are the student's, in start.cc. At boot, the kernel calls `start_processes` with what is
//    to be started, and then `inspect_first_process`, which shows what the others can do.
#ifndef KINGLET_START_HH
#define KINGLET_START_HH
#include "page/vmiter.hh"

// The bits of `vmiter::perm()` that say what is allowed; the CPU may set others at any time.
constexpr uint64_t permissions = PTE_PWU | PTE_XD;

// start_processes(command)
//    Start what `command` names: the program `allocator`, and its copies `allocator2`, `allocator3` and `allocator4`,
//    as processes 1 to 4, if it is "allocators"; otherwise the program of that name as process 1.
void start_processes(const char* command);

// look(pagetable, va)
//    Log what `va`, any address, is mapped to in `pagetable`: one line, in one of these two forms, all numbers in
//    hexadecimal; `perm` is what is allowed there, by `permissions`.
//        look va=0x100123 pa=0x100123 perm=0x5
//        look va=0x2a0000 unmapped
void look(x86_64_pagetable* pagetable, uintptr_t va);

// copy_mappings(dst, src)
//    Map in `dst`, which has no mappings, each page below `MEMSIZE_VIRTUAL` that is mapped in `src`: to the same
//    physical page, with the same permissions. Log a line for each, in the order of their addresses:
//        mapping va=0x101000 pa=0x101000 perm=0x8000000000000005
//    Returns 0, or `E_NOMEM` if there was no memory for a page table.
[[nodiscard]] int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src);

// inspect_first_process()
//    Look at some addresses of process 1, if there is one. Then copy its page table, and let it run on the copy, if
//    that has all that it takes.
void inspect_first_process();

#endif
