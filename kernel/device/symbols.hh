// symbols.hh - function names, for reports
//
//    The image holds a table of functions for the kernel and one for each program, made by the
//    build.
#ifndef KINGLET_SYMBOLS_HH
#define KINGLET_SYMBOLS_HH
#include <stdint.h>

struct symbol {
    uint32_t address;                   // first address of the function
    uint32_t name;                      // its name: bytes from the start of the table
};

struct symbol_table {
    uint32_t count;
    uint32_t reserved;
    symbol symbols[1];                  // `count` of them, by address; the names follow
};

// function_name(table, address)
//    The name of the function that `address` lies in: the last one that starts at or before it. "?"
//    if there is none, or no table.
const char* function_name(const symbol_table* table, uintptr_t address);

// caller_name(table, return_address)
//    The name of the function that a call with this return address is in, even if the call is its
//    last instruction.
inline const char* caller_name(const symbol_table* table, uintptr_t return_address) {
    return function_name(table, return_address - 1);
}

extern "C" const symbol_table kernel_symbols;

#endif
