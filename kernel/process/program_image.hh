// program_image.hh - programs, and how one becomes a process's memory
//
//    Those in the kernel's image are copied there at once. One that is a file on the disk is mapped
//    (`program_file.hh`).
#ifndef KINGLET_PROGRAM_IMAGE_HH
#define KINGLET_PROGRAM_IMAGE_HH
#include "abi.hh"
#include "device/symbols.hh"
#include "elf.hh"
#include "memory/address_space.hh"

// One program: an ELF file in the kernel's read-only segment, placed there by the build; or on the
// disk.
struct program {
    const char* name;                   // "fork" for user/p-fork.cc
    const uint8_t* begin;               // null: on the disk
    uint64_t size;                      // bytes
    const symbol_table* symbols;        // null: none
    uint64_t file_key = 0;              // on the disk: 1 + its file's number; else 0
};
extern "C" {
extern const program programs[];
extern const unsigned nprograms;
}

// program_image(name)
//    The program of that name; null if there is none.
const program* program_image(const char* name);

// load_program(image, space, entry)
//    Put the program into a new address space: its segments, with the permissions that their
//    headers give, and an empty heap behind them. Sets `entry` to its first instruction's address.
//    Returns 0, `E_MORE`, `E_NOEXEC` if `check_program` refuses it, or `E_NOMEM`; then some of it
//    may be there, for the address space's owner to give up. For one on the disk, `E_AWAY` too.
[[nodiscard]] int load_program(const program& image, address_space space, uintptr_t& entry);

// check_program(image, available, size), check_program(image, size)
//    Whether the ELF file of `size` bytes, of which so many are at `image` (all of them, if it is
//    not said), can be loaded: what `check_elf` asks, segments
//    page-aligned, within a process's range, the stack and its guard left free, each page in one
//    segment at most, nothing writable and executable, the entry point in an executable one.
//    Returns null if so, else what is wrong.
[[nodiscard]] const char* check_program(const void* image, size_t available, uint64_t size);
[[nodiscard]] inline const char* check_program(const void* image, size_t size) {
    return check_program(image, size, size);
}

// segment_perm(segment)
//    What a process may do with its pages (`PTE_*`).
uint64_t segment_perm(const elf_program& segment);

// program_memory(image)
//    How many bytes of memory the program's segments take, in whole pages; 0 if `check_elf` refuses
//    the file.
uint64_t program_memory(const program& image);

#endif
