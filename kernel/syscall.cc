#include "syscall.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "memory/heap.hh"
#include "memory/protection.hh"
#include "memory/user_memory.hh"
#include "page/zero_page.hh"
#include "process/report.hh"
#include "random.hh"
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

// Copy what a process has to say, a line, to `line`. A newline at its end is none of it. Returns 0 or an error.
static int copy_line(proc& p, char (&line)[message_limit + 1]) {
    int length = try_copy_in(line, p.space(), user_string{p.regs->reg_rdi, message_limit});
    if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
    return min(length, 0);
}

// panic(message): the process stops with that message; nobody else does.
static int64_t syscall_panic(proc& p) {
    char message[message_limit + 1];
    if (int r = copy_line(p, message); r < 0) return r;
    report_panic(p, message);
    note_panic(p, message);
    fault_process(p);
    return 0;
}

// log(text): a line in the log, with the process's pid.
static int64_t syscall_log(proc& p) {
    char text[message_limit + 1];
    if (int r = copy_line(p, text); r < 0) return r;
    log_printf("log pid=%d: %s", p.pid, text);
    return 0;
}

// write(fd, buffer, size, color, cpos): print it, if `fd` is 1. That is no step and not slowed, as it is when a process
// draws into the screen's page by itself.
static int64_t syscall_write(proc& p) {
    char text[write_limit];
    size_t size = min(p.regs->reg_rdx, uint64_t(write_limit));
    if (p.regs->reg_rdi != 1) return E_BADF;
    if (int r = try_copy_in(text, p.space(), user_span{p.regs->reg_rsi, size}); r < 0) return r;
    console_write(int(p.regs->reg_r8), int(p.regs->reg_r10), text, size);
    log_written(p, text, unsigned(size));
    ++pace_allowance;
    return int64_t(size);
}

// page_alloc(address): a new page of zeros there, in the place of the old one if there is one.
static int64_t syscall_page_alloc(proc& p) {
    return p.space().page_alloc(p.regs->reg_rdi);
}

// page_free(address): no page there any more. What was promised there still is.
static int64_t syscall_page_free(proc& p) {
    uintptr_t va = p.regs->reg_rdi;
    if (va % PAGESIZE != 0 || !is_own_address(va) || !vmiter(&p, va).present()) return E_INVAL;
    return p.space().free_pages(va, va + PAGESIZE);
}

// sbrk(delta): the heap's end moves by so many bytes. Returns the old one.
static int64_t syscall_sbrk(proc& p) {
    return move_break(p.space(), int64_t(p.regs->reg_rdi));
}

// mprotect(address, size, permissions)
static int64_t syscall_mprotect(proc& p) {
    uintptr_t va = p.regs->reg_rdi;
    uint64_t size = p.regs->reg_rsi, prot = p.regs->reg_rdx;
    constexpr uint64_t never = PROT_WRITE | PROT_EXEC;
    if ((prot & ~(PROT_READ | never)) || (prot & never) == never) return E_INVAL;
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va > user_end || size > user_end - va) return E_INVAL;
    return protect(p.space(), va, va + round_up(size, PAGESIZE), int(prot));
}

// Copy what `find()` returns to the process. To make room for it may itself change what there is to be found, so that
// comes first.
template <typename F>
static int64_t copy_answer(proc& p, uintptr_t to, F find) {
    decltype(find()) answer = {};
    if (int r = try_copy_out(p.space(), user_span{to, sizeof(answer)}, &answer); r < 0) return r;
    answer = find();
    return try_copy_out(p.space(), user_span{to, sizeof(answer)}, &answer);
}

// mapping(address, out): what one of the process's own pages maps to.
static int64_t syscall_mapping(proc& p) {
    uintptr_t va = p.regs->reg_rdi;
    if (!is_own_address(va)) return E_INVAL;
    return copy_answer(p, p.regs->reg_rsi, [&] {
        vmiter it(&p, round_down(va, PAGESIZE));
        return memory_mapping{it.pa(), it.perm()};
    });
}

static memory_report find_memory(proc& p) {
    memory_report report = {total_pages, free_pages, owed_pages, 0, 0, 0, 1, {}};
    for (int kind = 0; kind < NFAULT_KINDS; ++kind) report.faults[kind] = p.faults[kind];
    for (ptiter it(&p); !it.done(); it.next()) ++report.tables;
    for (const region& r : p.regions) {
        if (r.source != region_source::nothing) report.promised += PAGENUMBER(r.end - r.start);
    }
    const region* r = p.regions.begin();
    for (vmiter it(&p, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        while (r != p.regions.end() && r->end <= it.va()) ++r;
        if (r != p.regions.end() && r->start <= it.va() && r->source != region_source::nothing) --report.promised;
        uintptr_t page = PTE_ADDR(it.entry());
        if (is_zero_page(page)) continue;
        ++report.resident;
        if (page_at(page).refcount > 1 || page_at(&it.entry()).refcount > 1) ++report.shared;
    }
    return report;
}

// memory(out): what memory there is, and what the process has of it.
static int64_t syscall_memory(proc& p) {
    return copy_answer(p, p.regs->reg_rdi, [&] { return find_memory(p); });
}

static int64_t syscall_getppid(proc& p) {
    return p.parent;
}

static int64_t syscall_fork(proc& p) {
    int child = fork_process(p);
    if (child < 0) return child;
    log_printf("fork pid=%d parent=%d", child, p.pid);
    note_happening(happening::fork, p, child);
    return child;
}

// Find the program whose name a process has at `va`. Returns 0 or an error.
static int find_program(proc& p, uintptr_t va, const program*& image) {
    char name[program_name_limit + 2];
    int length = try_copy_in(name, p.space(), user_string{va, program_name_limit + 1});
    if (length < 0) return length;
    image = program_image(name);
    return image ? 0 : E_NOENT;
}

// spawn(name): a child that runs this program.
static int64_t syscall_spawn(proc& p) {
    const program* image;
    if (int r = find_program(p, p.regs->reg_rdi, image); r < 0) return r;
    int child = spawn_process(p, *image);
    if (child < 0) return child;
    log_printf("spawn pid=%d parent=%d program=%s", child, p.pid, image->name);
    note_happening(happening::spawn, p, child);
    return child;
}

// Copy a process's arguments from the array of addresses at `argv`, which ends with a null one. Returns 0 or an error.
static int copy_arguments(proc& p, uintptr_t argv, program_arguments& arguments) {
    for (;; argv += sizeof(uintptr_t), ++arguments.count) {
        uintptr_t va;
        if (int r = try_copy_in(&va, p.space(), user_span{argv, sizeof(va)}); r < 0) return r;
        if (va == 0) return 0;
        unsigned room = argument_bytes_limit - arguments.size;
        if (arguments.count == argument_limit || room == 0) return E_2BIG;
        int length = try_copy_in(arguments.strings + arguments.size, p.space(), user_string{va, room});
        if (length < 0) return length;
        if (unsigned(length) == room) return E_2BIG;
        arguments.size += unsigned(length) + 1;
    }
}

// exec(name, arguments): the process runs this program instead.
static int64_t syscall_exec(proc& p) {
    const program* image;
    program_arguments arguments;
    uintptr_t argv = p.regs->reg_rsi;
    if (int r = find_program(p, p.regs->reg_rdi, image); r < 0) return r;
    if (argv != 0) {
        if (int r = copy_arguments(p, argv, arguments); r < 0) return r;
    }
    if (int r = exec_process(p, *image, argv != 0 ? &arguments : nullptr); r < 0) return r;
    log_printf("exec pid=%d program=%s", p.pid, image->name);
    note_happening(happening::exec, p, 0);
    return 0;
}

static int64_t syscall_exit(proc& p) {
    int status = int(p.regs->reg_rdi & 0xFF);
    if (status == 0) {
        log_printf("exit pid=%d", p.pid);
    } else {
        log_printf("exit pid=%d status=%d", p.pid, status);
    }
    note_happening(happening::exit, p, status);
    end_process(p, status);
    return 0;
}

// A child's end, or any child's if the first argument is 0. If none has ended yet, wait, or with `W_NOHANG` do not.
static int64_t wait_for_child(proc& p, int options) {
    auto pid = int64_t(p.regs->reg_rdi);
    if (pid < 0 || pid >= NPROC) return E_INVAL;
    p.waiting_for = 0;
    pid_t wanted = pid == 0 ? any_child : pid_t(pid);
    bool is_in_slot = pid == 0 ? p.children > 0 : ptable[pid].parent == p.pid;
    const kept_end* kept = pid != 0 && is_in_slot ? nullptr : kept_child(p, wanted);
    if (!kept && !is_in_slot) return E_CHILD;
    proc* child = kept ? nullptr : ended_child(p, wanted);
    if (!kept && !child) {
        if (options & W_NOHANG) return E_AGAIN;
        p.waiting_for = wanted;
        return block_on(p);
    }
    if (uintptr_t out = p.regs->reg_rsi; out != 0) {
        int status = kept ? kept->status : child->status;
        if (int r = try_copy_out(p.space(), user_span{out, sizeof(status)}, &status); r < 0) return r;
    }
    pid_t found = kept ? kept->pid : child->pid;
    if (kept) {
        forget_kept(kept);
    } else {
        reap_process(*child);
    }
    return found;
}

// wait(pid, status)
static int64_t syscall_wait(proc& p) {
    return wait_for_child(p, 0);
}

// waitpid(pid, status, options)
static int64_t syscall_waitpid(proc& p) {
    uint64_t options = p.regs->reg_rdx;
    if (options & ~uint64_t(W_NOHANG)) return E_INVAL;
    return wait_for_child(p, int(options));
}

// kill(pid): the end of a descendant.
static int64_t syscall_kill(proc& p) {
    auto pid = int64_t(p.regs->reg_rdi);
    if (pid <= 0 || pid >= NPROC || pid == p.pid) return E_INVAL;
    proc& victim = ptable[pid];
    if (!victim.pagetable) return E_SRCH;
    if (!descends_from(victim, p.pid)) return E_PERM;
    log_printf("kill pid=%d by=%d", victim.pid, p.pid);
    note_happening(happening::kill, victim, p.pid);
    end_process(victim, STATUS_KILLED);
    return 0;
}

// sleep(milliseconds): at least so long. The current tick has already begun, so it does not count.
static int64_t syscall_sleep(proc& p) {
    constexpr uint64_t milliseconds_per_tick = 1000 / HZ;
    uint64_t milliseconds = p.regs->reg_rdi;
    if (milliseconds == 0 || p.deadline != 0) {     // nobody is woken before the deadline
        p.deadline = 0;
        return 0;
    }
    p.deadline = ticks + milliseconds / milliseconds_per_tick + (milliseconds % milliseconds_per_tick != 0) + 1;
    return block_on(p);
}

// uptime(): milliseconds, in steps of a tick.
static int64_t syscall_uptime(proc&) {
    return int64_t(ticks * (1000 / HZ));
}

// random(): the kernel's own sequence, which every start of the machine begins anew.
static int64_t syscall_random(proc&) {
    return rand();
}

const syscall_function syscall_table[NSYSCALL] = {
    syscall_unknown, syscall_getpid, syscall_yield, syscall_panic, syscall_page_alloc, syscall_fork, syscall_exit,
    syscall_log, syscall_sbrk, syscall_exec, syscall_wait, syscall_kill, syscall_sleep, syscall_getppid, syscall_spawn,
    syscall_page_free, syscall_mapping, syscall_memory, syscall_mprotect, syscall_write, syscall_waitpid, syscall_uptime,
    syscall_random};
