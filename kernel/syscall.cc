#include "syscall.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "file_calls.hh"
#include "mapping_calls.hh"
#include "memory/heap.hh"
#include "memory/protection.hh"
#include "memory/user_memory.hh"
#include "process/files.hh"
#include "process/memory_use.hh"
#include "process/process.hh"
#include "process/report.hh"
#include "process/wait.hh"
#include "random.hh"
#include "syscall_arguments.hh"
#include "view/happened.hh"
#include "view/pace.hh"

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

// Copy a process's message, one line, to `line`, without the newline at its end. Returns 0 or an
// error.
static int copy_line(proc& p, char (&line)[message_limit + 1], user_ptr<char> text) {
    int length = try_copy_in(line, p.space(), user_string{text.va, message_limit});
    if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
    return min(length, 0);
}

// The process stops with that message; nobody else does.
static int64_t syscall_panic(proc& p, user_ptr<char> text) {
    char message[message_limit + 1];
    if (int r = copy_line(p, message, text); r < 0) return r;
    report_panic(p, message);
    note_panic(p, message);
    fault_process(p);
    return 0;
}

// A line in the log, with the process's pid.
static int64_t syscall_log(proc& p, user_ptr<char> text) {
    char line[message_limit + 1];
    if (int r = copy_line(p, line, text); r < 0) return r;
    log_printf("log pid=%d: %s", p.pid, line);
    return 0;
}

// Print the text, if `fd` is the console. Printing is not a step and is not slowed; nor is drawing,
// when a process writes to the screen's page itself.
static int64_t syscall_write(proc& p, int fd, user_ptr<char> buffer, size_t size, int64_t color,
                             int64_t cpos) {
    char text[write_limit];
    if (!is_console(p, fd)) return write_file(p, fd, {buffer.va, size});
    size = min(size, size_t(write_limit));
    if (int r = try_copy_in(text, p.space(), user_span{buffer.va, size}); r < 0) return r;
    console_write(int(cpos), int(color), text, size);
    log_written(p, text, unsigned(size));
    ++pace_allowance;
    return int64_t(size);
}

// Put a new page of zeros at `va`, in place of a page that is there.
static int64_t syscall_page_alloc(proc& p, uintptr_t va) {
    return p.space().page_alloc(va);
}

// Give up the page at `va`. A promise there stays.
static int64_t syscall_page_free(proc& p, uintptr_t va) {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    if (vmiter(&p, va).state() == entry_state::empty) return E_INVAL;
    return p.space().free_pages(va, va + PAGESIZE);
}

// Move the heap's end by `delta` bytes. Returns the old end.
static int64_t syscall_sbrk(proc& p, intptr_t delta) {
    return move_break(p.space(), delta);
}

static int64_t syscall_mprotect(proc& p, uintptr_t va, size_t size, int prot) {
    if (!is_permission(prot)) return E_INVAL;
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va > user_end) return E_INVAL;
    if (size > user_end - va) return E_INVAL;
    return protect(p.space(), va, va + round_up(size, PAGESIZE), prot);
}

// Copy what `find()` returns to the process. Finding memory for the answer can change the answer,
// so that is done first.
template <typename T, typename F>
static int64_t copy_answer(proc& p, user_ptr<T> to, F find) {
    if (int r = try_copy_out(p.space(), to, T{}); r < 0) return r;
    return try_copy_out(p.space(), to, find());
}

// What one of the process's own pages maps to.
static int64_t syscall_mapping(proc& p, uintptr_t va, user_ptr<memory_mapping> out) {
    if (!is_own_address(va)) return E_INVAL;
    return copy_answer(p, out, [&] {
        vmiter it(&p, round_down(va, PAGESIZE));
        return memory_mapping{it.pa(), it.perm()};
    });
}

// What memory there is, and what the process has of it.
static int64_t syscall_memory(proc& p, user_ptr<memory_report> out) {
    if (int r = try_copy_out(p.space(), out, memory_report{}); r < 0) return r;
    if (int r = count_memory(p); r < 0) return r;
    return try_copy_out(p.space(), out, memory_of(p));
}

static int64_t syscall_getppid(proc& p) {
    return p.parent;
}

static int64_t syscall_fork(proc& p) {
    int child = fork_process(p);
    if (child < 0) return child;
    share_files(p.pid, child);
    log_printf("fork pid=%d parent=%d", child, p.pid);
    note_happening(happening::fork, p, child);
    return child;
}

// Find the program of that name. Returns 0 or an error.
static int find_program(proc& p, user_ptr<char> program_name, const program*& image) {
    char name[program_name_limit + 2];
    user_string string = {program_name.va, program_name_limit + 1};
    int length = try_copy_in(name, p.space(), string);
    if (length < 0) return length;
    image = program_image(name);
    if (!image) image = program_file(name);
    return image ? 0 : E_NOENT;
}

// A child that runs this program.
static int64_t syscall_spawn(proc& p, user_ptr<char> name) {
    const program* image;
    if (int r = find_program(p, name, image); r < 0) return r;
    int child = spawn_process(p, *image);
    if (child < 0) return child;
    begin_files(child);
    log_printf("spawn pid=%d parent=%d program=%s", child, p.pid, image->name);
    note_happening(happening::spawn, p, child);
    return child;
}

// Copy a process's arguments from the array of addresses at `argv`, which ends with a null one.
// Returns 0 or an error.
static int copy_arguments(proc& p, user_ptr<uintptr_t> argv, program_arguments& arguments) {
    for (;; argv.va += sizeof(uintptr_t), ++arguments.count) {
        uintptr_t va;
        if (int r = try_copy_in(va, p.space(), argv); r < 0) return r;
        if (va == 0) return 0;
        unsigned room = argument_bytes_limit - arguments.size;
        if (arguments.count == argument_limit || room == 0) return E_2BIG;
        char* to = arguments.strings + arguments.size;
        int length = try_copy_in(to, p.space(), user_string{va, room});
        if (length < 0) return length;
        if (unsigned(length) == room) return E_2BIG;
        arguments.size += unsigned(length) + 1;
    }
}

// The process runs this program instead.
static int64_t syscall_exec(proc& p, user_ptr<char> name, user_ptr<uintptr_t> argv) {
    const program* image;
    program_arguments arguments;
    if (int r = find_program(p, name, image); r < 0) return r;
    if (argv) {
        if (int r = copy_arguments(p, argv, arguments); r < 0) return r;
    }
    if (int r = exec_process(p, *image, argv ? &arguments : nullptr); r < 0) return r;
    log_printf("exec pid=%d program=%s", p.pid, image->name);
    note_happening(happening::exec, p, 0);
    return 0;
}

// Only the low eight bits of what a process says count.
static int64_t syscall_exit(proc& p, uint64_t value) {
    int status = int(value & 0xFF);
    if (status == 0) {
        log_printf("exit pid=%d", p.pid);
    } else {
        log_printf("exit pid=%d status=%d", p.pid, status);
    }
    note_happening(happening::exit, p, status);
    end_process(p, status);
    return 0;
}

// Tell how the child `pid` ended, or any child if `pid` is 0. If none has ended yet, wait; with
// `W_NOHANG`, return `E_AGAIN`.
static int64_t syscall_waitpid(proc& p, pid_t pid, user_ptr<int> out, int options) {
    if ((options & ~W_NOHANG) || pid < 0 || pid >= NPROC) return E_INVAL;
    p.wait = {};
    pid_t wanted = pid == 0 ? any_child : pid;
    bool is_in_slot = pid == 0 ? p.children > 0 : ptable[pid].parent == p.pid;
    const kept_end* kept = pid != 0 && is_in_slot ? nullptr : kept_child(p, wanted);
    if (!kept && !is_in_slot) return E_CHILD;
    proc* child = kept ? nullptr : ended_child(p, wanted);
    if (!kept && !child) {
        if (options & W_NOHANG) return E_AGAIN;
        if (pid == 0) return block(p, {wait_kind::any_child, uint64_t(p.pid)});
        return block(p, {wait_kind::child, uint64_t(pid)});
    }
    if (out) {
        int status = kept ? kept->status : child->status;
        if (int r = try_copy_out(p.space(), out, status); r < 0) return r;
    }
    pid_t found = kept ? kept->pid : child->pid;
    if (kept) {
        forget_kept(kept);
    } else {
        reap_process(*child);
    }
    return found;
}

static int64_t syscall_wait(proc& p, pid_t pid, user_ptr<int> out) {
    return syscall_waitpid(p, pid, out, 0);
}

// End a descendant of the process.
static int64_t syscall_kill(proc& p, pid_t pid) {
    if (pid <= 0 || pid >= NPROC || pid == p.pid) return E_INVAL;
    proc& victim = ptable[pid];
    if (!victim.pagetable) return E_SRCH;
    if (!descends_from(victim, p.pid)) return E_PERM;
    log_printf("kill pid=%d by=%d", victim.pid, p.pid);
    note_happening(happening::kill, victim, p.pid);
    end_process(victim, STATUS_KILLED);
    return 0;
}

// Sleep at least this long. The current tick has already begun, so it does not count.
static int64_t syscall_sleep(proc& p, uint64_t milliseconds) {
    constexpr uint64_t milliseconds_per_tick = 1000 / HZ;
    if (milliseconds == 0) return 0;
    uint64_t& wake_tick = p.progress;               // 0 until the call has found it
    if (wake_tick == 0) {
        uint64_t whole_ticks = milliseconds / milliseconds_per_tick;
        wake_tick = ticks + whole_ticks + (milliseconds % milliseconds_per_tick != 0) + 1;
    }
    if (ticks < wake_tick) return block(p, {wait_kind::tick, wake_tick});
    wake_tick = 0;
    return 0;
}

// How long the machine has been running, in milliseconds, in steps of a tick.
static int64_t syscall_uptime(proc&) {
    return int64_t(ticks * (1000 / HZ));
}

// The kernel's own sequence, which every start of the machine begins anew.
static int64_t syscall_random(proc&) {
    return rand();
}

template <typename F>
static constexpr void name_file_calls(F name) {
    name(SYSCALL_OPEN, with_arguments<syscall_open>);
    name(SYSCALL_CLOSE, with_arguments<syscall_close>);
    name(SYSCALL_READ, with_arguments<syscall_read>);
    name(SYSCALL_PREAD, with_arguments<syscall_pread>);
    name(SYSCALL_LSEEK, with_arguments<syscall_lseek>);
    name(SYSCALL_DUP2, with_arguments<syscall_dup2>);
    name(SYSCALL_STAT, with_arguments<syscall_stat>);
    name(SYSCALL_FSTAT, with_arguments<syscall_fstat>);
    name(SYSCALL_READDIR, with_arguments<syscall_readdir>);
    name(SYSCALL_PWRITE, with_arguments<syscall_pwrite>);
    name(SYSCALL_FTRUNCATE, with_arguments<syscall_ftruncate>);
    name(SYSCALL_UNLINK, with_arguments<syscall_unlink>);
    name(SYSCALL_RENAME, with_arguments<syscall_rename>);
    name(SYSCALL_FSYNC, with_arguments<syscall_fsync>);
    name(SYSCALL_SYNC, with_arguments<syscall_sync>);
    name(SYSCALL_PIPE, with_arguments<syscall_pipe>);
    name(SYSCALL_MMAP, with_arguments<syscall_mmap>);
    name(SYSCALL_MUNMAP, with_arguments<syscall_munmap>);
    name(SYSCALL_MSYNC, with_arguments<syscall_msync>);
    name(SYSCALL_MINCORE, with_arguments<syscall_mincore>);
    name(SYSCALL_MADVISE, with_arguments<syscall_madvise>);
}

static constexpr syscall_list all_calls() {
    syscall_list table;
    uint64_t named = 0;
    auto name = [&](int number, syscall_function function) {
        table.functions[number] = function;
        named |= uint64_t(1) << number;
    };
    name(0, with_arguments<syscall_unknown>);
    name(SYSCALL_GETPID, with_arguments<syscall_getpid>);
    name(SYSCALL_YIELD, with_arguments<syscall_yield>);
    name(SYSCALL_PANIC, with_arguments<syscall_panic>);
    name(SYSCALL_PAGE_ALLOC, with_arguments<syscall_page_alloc>);
    name(SYSCALL_FORK, with_arguments<syscall_fork>);
    name(SYSCALL_EXIT, with_arguments<syscall_exit>);
    name(SYSCALL_LOG, with_arguments<syscall_log>);
    name(SYSCALL_SBRK, with_arguments<syscall_sbrk>);
    name(SYSCALL_EXEC, with_arguments<syscall_exec>);
    name(SYSCALL_WAIT, with_arguments<syscall_wait>);
    name(SYSCALL_KILL, with_arguments<syscall_kill>);
    name(SYSCALL_SLEEP, with_arguments<syscall_sleep>);
    name(SYSCALL_GETPPID, with_arguments<syscall_getppid>);
    name(SYSCALL_SPAWN, with_arguments<syscall_spawn>);
    name(SYSCALL_PAGE_FREE, with_arguments<syscall_page_free>);
    name(SYSCALL_MAPPING, with_arguments<syscall_mapping>);
    name(SYSCALL_MEMORY, with_arguments<syscall_memory>);
    name(SYSCALL_MPROTECT, with_arguments<syscall_mprotect>);
    name(SYSCALL_WRITE, with_arguments<syscall_write>);
    name(SYSCALL_WAITPID, with_arguments<syscall_waitpid>);
    name(SYSCALL_UPTIME, with_arguments<syscall_uptime>);
    name(SYSCALL_RANDOM, with_arguments<syscall_random>);
    name_file_calls(name);
    if (named != (uint64_t(1) << NSYSCALL) - 1) panic("a number in abi.hh has no function");
    return table;
}
constexpr syscall_list syscall_table = all_calls();     // so it compiles only without that panic
