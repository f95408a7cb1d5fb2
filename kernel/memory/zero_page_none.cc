#include "memory/zero_page.hh"

uintptr_t zero_page_pa() {
    return 0;
}
