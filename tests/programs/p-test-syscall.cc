// p-test-syscall - a system call that does not exist is refused, whatever its number and arguments
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

void process_main() {
    constexpr uint64_t numbers[] = {0,
                                    NSYSCALL,
                                    NSYSCALL + 1,
                                    100,
                                    255,
                                    256,
                                    0x7FFF'FFFF,
                                    0x8000'0000,
                                    0xFFFF'FFFF,
                                    0x1'0000'0000 + SYSCALL_GETPID,
                                    0x1'0000'0000 + SYSCALL_EXIT,
                                    INT64_MAX,
                                    uint64_t(INT64_MAX) + 1 + SYSCALL_EXIT,
                                    UINT64_MAX - 1,
                                    UINT64_MAX};
    for (uint64_t number : numbers) {
        expect("an unknown call", E_NOSYS, int64_t(make_syscall(number)));
        expect("an unknown call", E_NOSYS, int64_t(make_syscall(number, UINT64_MAX)));
        expect("an unknown call", E_NOSYS, int64_t(make_syscall(number, 1, 2, 3)));
        expect("an unknown call", E_NOSYS, int64_t(make_syscall(number, 1, 2, 3, 4, 5, 6)));
    }
    expect("arguments too many to do no harm", sys_getpid(),
           int64_t(make_syscall(SYSCALL_GETPID, 1, 2, 3, 4, 5, 6)));
    expect("is_error", is_error(make_syscall(NSYSCALL)));
    pass();
}
