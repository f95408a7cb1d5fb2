// p-check-share-write - a parent and its children try to write where they share
//
//    try(quarter, address, kind), survived(the same): as in the header.   end(address): the parent still runs.
//    child(address): it is about to replace that page, a shared one, by a page of its own.   replaced(address, result).
#include "u-check-vm.hh"

alignas(PAGESIZE) static const uint8_t zero_constants[PAGESIZE] = {};   // a page of constants with nothing else

void process_main() {
    check_begin();
    uintptr_t text_page = PROC_START_ADDR;              // where the linker puts it
    auto constant = reinterpret_cast<uintptr_t>(zero_constants);
    for (unsigned child = 0; child < 3; ++child) {
        if (sys_fork() != 0) continue;
        if (child < 2) {
            try_access(child == 0 ? text_page : constant, access_write);
        } else {
            moment("child", constant);
            int result = page_alloc(constant);
            moment("replaced", constant, result);
            fill_page(constant, 2);
        }
        wait_for_ever();
    }
    let_others_run();
    moment("end", constant);
    check_done();
}
