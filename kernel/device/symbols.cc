#include "device/symbols.hh"

const char* function_name(const symbol_table* table, uintptr_t address) {
    uint32_t low = 0, high = table ? table->count : 0;
    while (low < high) {                // functions before `low` start at or before `address`,
                                        // those from `high` after
        uint32_t middle = (low + high) / 2;
        if (table->symbols[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? "?" : reinterpret_cast<const char*>(table) + table->symbols[low - 1].name;
}
