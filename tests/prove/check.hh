// check.hh - whether the machine is in order: page tables, counts and owners by themselves, and against the model
//
//    Reads the page tables as the hardware does, with none of the kernel's functions for it.
#ifndef KINGLET_PROVE_CHECK_HH
#define KINGLET_PROVE_CHECK_HH
#include "tests/prove/host.hh"
#include "tests/prove/model.hh"

// A state's name: equal for states that differ only in which physical pages are used, and in what has no effect on
// what comes (accessed and dirty bits, statistics).
struct state_name {
    uint64_t low = 0, high = 0;
    bool operator==(const state_name&) const = default;
};

// check_machine(expected, name)
//    What is wrong, in a sentence; empty if nothing is. Then `name` is the state's.
//    In order means: each process has what the model says, and may do with it what the model says; who may write to a
//    page at once is alone in having it; nobody maps the kernel's memory, a page table or a free page; each page's
//    count and owner are what the references to it make them; free pages are on the free list, once, untouched.
std::string check_machine(const model& expected, state_name& name);

// find_leaf(pagetable, va, access)
//    The last-level entry for `va` if the CPU lets a process access it so (`PFERR_*`), else null; as the CPU does, it
//    notes in the entries that they were used. `was_present`: whether there is a page.
uint64_t* find_leaf(x86_64_pagetable* pagetable, uintptr_t va, uint64_t access, bool& was_present);

#endif
