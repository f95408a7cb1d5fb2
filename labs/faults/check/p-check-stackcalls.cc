// p-check-stackcalls - a system call finds memory on the stack where nobody has touched it yet, and none in the guard
#include "u-faults.hh"

void process_main() {
    check_begin();
    in_part(0, [] {
        moment("before", stack_limit);
        call_with(stack_limit + 16, store_report);
        call_with(stack_limit + 3 * PAGESIZE - 16, store_report);       // in two pages
        call_with(stack_limit + 5 * PAGESIZE, load_text);
        call_with(stack_limit + 7 * PAGESIZE, store_mapping);
        call_with(stack_limit + 9 * PAGESIZE + 40, store_status);
        moment("refused", guard, sys_memory(reinterpret_cast<memory_report*>(guard + 8)));
        moment("refused", stack_limit - 8, sys_memory(reinterpret_cast<memory_report*>(stack_limit - 8)));
    });
    check_done();
}
