// p-check-stackfork - parent and child each have a stack of their own, and each grows alone
#include "u-faults.hh"

constexpr uintptr_t childs = stack_limit + 5 * PAGESIZE, parents = stack_limit + 7 * PAGESIZE;

void process_main() {
    check_begin();
    moment("parent", childs, parents);
    in_part(0, [] {
        touch(childs, to_write);
        moment("child's", childs, parents);
    });
    moment("parent's", childs, parents);
    touch(parents, to_write);
    touch(childs, to_read);
    check_done();
}
