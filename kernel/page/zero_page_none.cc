#include "page/zero_page.hh"

const uintptr_t zero_page_address = 0;
