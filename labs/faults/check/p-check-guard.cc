// p-check-guard - a process that asks gets a page in the guard's place, for as long as it wants it
#include "u-faults.hh"

void process_main() {
    check_begin();
    in_part(0, [] {
        auto page = reinterpret_cast<void*>(guard);
        moment("asked", guard, sys_page_alloc(page));
        touch(guard, to_write);
        moment("wrote", guard, uint64_t(word_at(guard)));
        moment("freed", guard, sys_page_free(page));
        try_in_child(guard + 8, to_read);
        try_in_child(guard + 16, to_write);
    });
    check_done();
}
