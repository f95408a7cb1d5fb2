// p-test-faultedorphans - processes that fault and have no parent to wait for them keep no slot that another needs
//
//    Outside: `ok` from pid 1; 60 faults, of grandchildren whose parents have ended.
#include "u-test.hh"

void process_main() {
    for (int i = 0; i < 60; ++i) {
        pid_t child = sys_fork();
        if (child == 0) {
            pid_t grandchild = sys_fork();
            if (grandchild == 0) {
                log_printf("try a write to page 0: null pointer access");
                write_byte(8);
            }
            yield_often();
            sys_exit(grandchild < 0);
        }
        expect("a child that could fork", 0, status_of(child));
    }
    pass();
}
