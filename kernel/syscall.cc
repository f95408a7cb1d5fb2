#include "syscall.hh"
#include "device/log.hh"
#include "memory/user_memory.hh"
#include "process/report.hh"

static int64_t syscall_unknown(proc&) {
    return E_NOSYS;
}

static int64_t syscall_getpid(proc& p) {
    return p.pid;
}

static int64_t syscall_yield(proc& p) {
    yield_process(p);
    return 0;
}

// panic(message): the process stops with that message; nobody else does.
static int64_t syscall_panic(proc& p) {
    char message[message_limit + 1];
    if (int r = try_copy_in(message, p.pagetable, user_string{p.regs.reg_rdi, message_limit}); r < 0) return r;
    report_panic(p, message);
    fault_process(p);
    return 0;
}

// page_alloc(address): a new page of zeros there, in the place of the old one if there is one.
static int64_t syscall_page_alloc(proc& p) {
    uintptr_t va = p.regs.reg_rdi;
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va >= MEMSIZE_VIRTUAL) return E_INVAL;
    return address_space::add_page(p.pagetable, va, PTE_PWU | PTE_XD);
}

static int64_t syscall_fork(proc& p) {
    int child = fork_process(p);
    if (child > 0) log_printf("fork pid=%d parent=%d", child, p.pid);
    return child;
}

static int64_t syscall_exit(proc& p) {
    log_printf("exit pid=%d", p.pid);
    end_process(p);
    return 0;
}

// log(text): a line in the log, with the process's pid.
static int64_t syscall_log(proc& p) {
    char text[message_limit + 1];
    if (int r = try_copy_in(text, p.pagetable, user_string{p.regs.reg_rdi, message_limit}); r < 0) return r;
    log_printf("log pid=%d: %s", p.pid, text);
    return 0;
}

const syscall_function syscall_table[NSYSCALL] = {
    syscall_unknown, syscall_getpid, syscall_yield, syscall_panic, syscall_page_alloc, syscall_fork, syscall_exit,
    syscall_log
};
