#include "page/zero_page.hh"
#include "layout.h"

alignas(PAGESIZE) static uint8_t zeros[PAGESIZE];

const uintptr_t zero_page_address = reinterpret_cast<uintptr_t>(zeros);
