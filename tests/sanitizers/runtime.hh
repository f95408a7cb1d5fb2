// runtime.hh - what the parts of the sanitizers' runtime share
//
//    With SAN=1 the compilers put checks into the kernel, and call what is in this folder: address.cc before each
//    access to memory, undefined.cc where the program does what C++ gives no meaning. Both then `report`, and that is
//    a kernel panic. Nothing here is itself checked.
//
//    The kernel's image has a shadow: a byte for each eight of memory, at `SHADOW_OFFSET` (build/sanitizers.mk) plus
//    an eighth of the address. 0: all eight may be accessed. 1 to 7: the first so many. Else: none, and why. What lies
//    elsewhere is pages, and `pageinfo` says which of those are free.
#ifndef KINGLET_SANITIZERS_RUNTIME_HH
#define KINGLET_SANITIZERS_RUNTIME_HH
#include "lib.hh"

constexpr uint8_t shadow_below_local = 0xF1, shadow_between_locals = 0xF2, shadow_above_local = 0xF3;
constexpr uint8_t shadow_out_of_scope = 0xF8, shadow_behind_global = 0xF9;

inline uint8_t* shadow_of(uintptr_t address) {
    return reinterpret_cast<uint8_t*>(SHADOW_OFFSET + address / 8);
}

inline bool is_in_kernel_image(uintptr_t address) {
    return address - KERNEL_START_ADDR < KERNEL_LIMIT_ADDR - KERNEL_START_ADDR;
}

// allow(start, size), forbid(start, size, why)
//    Let the shadow say that these bytes of the kernel's image may be accessed, or may not. `start` is a multiple of 8;
//    what follows the bytes up to the next such multiple must not be accessed.
void allow(uintptr_t start, size_t size);
void forbid(uintptr_t start, size_t size, uint8_t why);

// find_forbidden(start, size)
//    The address of the first of these bytes of the kernel's image that may not be accessed; 0 if all may.
uintptr_t find_forbidden(uintptr_t start, size_t size);

// global_before(address)
//    The name of the last global variable that begins at or before `address`; null if none does.
const char* global_before(uintptr_t address);

enum class access_kind { read, write };

// check_access(start, size, kind, caller)
//    Report it if a function may not access these bytes; `caller` is a return address in that function.
void check_access(uintptr_t start, size_t size, access_kind kind, const void* caller);

// report(caller, format, ...)
//    Panic with this text and the name of the function that the return address `caller` is in.
[[noreturn]] void report(const void* caller, const char* format, ...) __attribute__((format(printf, 2, 3), cold));

// True once something was reported: what the panic does is not checked.
extern bool has_reported;

#endif
