// host.hh - the machine that the kernel's memory sources run on here: a few pages of memory, and what fails in it
//
//    Physical memory lies where it does in a weensy machine, so the kernel reaches it at identity. Everything that the
//    kernel remembers (its variables: see kernel.ld) and the pages it has given out can be saved and put back. Free
//    pages are filled with 0xCC, and the address sanitizer reports whoever touches one.
#ifndef KINGLET_PROVE_HOST_HH
#define KINGLET_PROVE_HOST_HH
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>
#include "tests/prove/kernel_host.hh"
#include "lib.hh"
#include "process/process.hh"

// A kernel panic is an exception here.
struct kernel_panic : std::runtime_error {
    using runtime_error::runtime_error;
};

constexpr uintptr_t memory_start = 0x10000, memory_end = 0x40000;
constexpr size_t most_pages = PAGENUMBER(memory_end - memory_start);
constexpr uint64_t code_word = 0xC3C3'C3C3'C3C3'C3C3, data_word = 0x0707'0707'0707'0707;

// start_machine(pages, far)
//    Boot a machine of `pages` pages of free memory, and let process 1 run a program of one page of code at
//    `PROC_START_ADDR` and one of data behind it, whose first words are `code_word` and `data_word`. `far`: with a big
//    machine's addresses. Called once.
void start_machine(size_t pages, bool far);

// How the next operation is to go wrong, and what came of it
struct allocation {
    size_t fails_at = 0;                // the how-manieth call of `kalloc` fails; 0: none
    size_t calls = 0;                   // how many there were
    bool failed = false;                // one of them returned null, for this reason or for want of memory
};
extern allocation allocations;

extern std::string logged;              // the last line of the log

// All that can change in the machine
class saved_machine {
public:
    void save();
    void put_back() const;
private:
    std::vector<uint64_t> variables_, memory_;
    std::vector<bool> is_used_;
};

// are_constants_unchanged()
//    Whether the kernel's own page table and its page of zeros are as they were when the machine had started.
bool are_constants_unchanged();

// printed(format, ...) and vprinted(format, arguments)
//    As `printf` would print it.
std::string printed(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string vprinted(const char* format, va_list arguments) __attribute__((format(printf, 1, 0)));

// is_poisoned(page)
//    Whether all of a page is as `kfree` leaves it.
bool is_poisoned(uintptr_t page);

#endif
