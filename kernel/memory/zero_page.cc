#include "memory/zero_page.hh"
#include "layout.h"

alignas(PAGESIZE) static uint8_t zeros[PAGESIZE];

uintptr_t zero_page_pa() {
    return reinterpret_cast<uintptr_t>(zeros);
}
