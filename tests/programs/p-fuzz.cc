// p-fuzz - whatever processes call, jump to or touch, the kernel and the first process go on
//
//    Processes make random calls, about half of which succeed, and do what stops them. The first
//    one starts them, ends those that hang, and counts. Outside: no `not ok`; in the end `fuzz ...`
//    lines with the counts, and `ok` from pid 1. Seed and number of calls are in the image
//    (u-fuzz.hh), where tests/fuzz.py sets them; it also breaks test-main, a program that then
//    cannot be loaded.
#include "u-fuzz-files.hh"
#include "u-mman.hh"

/// Calls that should succeed, and others

static void check_new_page(const uint64_t* page) {
    for (unsigned i = 0; i < PAGESIZE / 8; ++i) {
        if (page[i] != 0) {
            return log_printf("not ok: expected a new page of zeros, found 0x%lx in it", page[i]);
        }
    }
}

// Zeros, shared or private, somewhere, which may be in place of something
static void map_something(uintptr_t& place) {
    constexpr int flags[] = {MAP_SHARED, MAP_PRIVATE, MAP_SHARED | MAP_FIXED,
                             MAP_PRIVATE | MAP_FIXED};
    void* found = sys_mmap(arena_pointer(), 1 + below(5 * PAGESIZE), int(below(4)),
                           any_of(flags) | MAP_ANONYMOUS, -1, 0);
    auto address = reinterpret_cast<uintptr_t>(found);
    if (!is_error(address)) place = address;
    else if (int64_t(address) != E_NOMEM) log_printf("not ok: mmap answered %ld", int64_t(address));
}

static void make_good_call() {
    static memory_report report;
    static memory_mapping mapping;
    uintptr_t& place = stale[below(8)];
    switch (below(15)) {
    case 0: call(SYSCALL_GETPID); return;
    case 1: call(SYSCALL_GETPPID); return;
    case 2: call(one_in(4) ? SYSCALL_YIELD : SYSCALL_GETPID); return;
    case 3:
    case 4: {
        uint64_t* page = static_cast<uint64_t*>(arena_pointer());
        place = reinterpret_cast<uintptr_t>(page);
        if (call(SYSCALL_PAGE_ALLOC, page) == 0) check_new_page(page);
        return;
    }
    case 5: call(SYSCALL_PAGE_FREE, place); return;
    case 6: {
        int64_t old_end = call(SYSCALL_SBRK, below(9 * PAGESIZE) - 4 * PAGESIZE);
        if (old_end > 0) place = uintptr_t(old_end);
        return;
    }
    case 7: call(SYSCALL_MAPPING, arena_page(), reinterpret_cast<uint64_t>(&mapping)); return;
    case 8: call(one_in(4) ? SYSCALL_MEMORY : SYSCALL_GETPID, &report); return;
    case 9:
        call(SYSCALL_MPROTECT, round_down(place, PAGESIZE), below(3 * PAGESIZE), below(4));
        return;
    case 12: map_something(place); return;
    case 13: call(SYSCALL_MUNMAP, round_down(place, PAGESIZE), 1 + below(PAGESIZE)); return;
    case 14:
        call(SYSCALL_MADVISE, round_down(place, PAGESIZE), below(3 * PAGESIZE), below(5));
        return;
    case 10: call(one_in(16) ? SYSCALL_LOG : SYSCALL_GETPPID, "a line"); return;
    default: call(SYSCALL_SLEEP, one_in(20) ? below(20) : 0);
    }
}

// Calls of which each should be refused for a reason of its own
static void make_refused_call() {
    static const char* arguments[argument_limit + 2];
    for (auto& each : arguments) each = "argument";
    arguments[argument_limit + 1] = nullptr;
    switch (below(11)) {
    case 0: call(SYSCALL_KILL, 1); return;
    case 1: call(SYSCALL_KILL, last_pid - below(4)); return;
    case 2: call(SYSCALL_KILL, uint64_t(sys_getpid())); return;
    case 3: call(SYSCALL_SPAWN, "nothing"); return;
    case 4: call(SYSCALL_SPAWN, "test-main"); return;
    case 5: call(SYSCALL_EXEC, "hello", reinterpret_cast<uint64_t>(arguments)); return;
    case 6: call(SYSCALL_WAIT, 1 + below(last_pid)); return;
    case 7: call(NSYSCALL + below(100)); return;
    case 8: call(any_word()); return;
    case 9: call(SYSCALL_SBRK, MEMSIZE_VIRTUAL); return;
    default: call(SYSCALL_MEMORY, any_address());
    }
}

// A call with arguments of all kinds, but for those that would end everything
static void make_wild_call() {
    // those that have to do with files come elsewhere too
    uint64_t number = one_in(7) ? below(NSYSCALL) : below(SYSCALL_OPEN);
    switch (number) {
    case SYSCALL_FORK:
    case SYSCALL_MINCORE:               // it might write to where calls are counted
    case SYSCALL_EXIT: return;
    case SYSCALL_PANIC:
    case SYSCALL_LOG:
        if (one_in(10)) call(number, any_address());
        return;
    case SYSCALL_SLEEP: call(number, below(30)); return;
    case SYSCALL_SPAWN: call(number, any_name()); return;
    case SYSCALL_EXEC: call(number, any_name(), any_address()); return;
    case SYSCALL_WAITPID: call(number, any_number(), any_address(), below(3)); return;
    case SYSCALL_WAIT: call(number, any_number(), any_address()); return;
    case SYSCALL_MPROTECT: call(number, any_address(), any_number(), below(8)); return;
    // in the screen's first row
    case SYSCALL_WRITE: call(number, below(3), any_address(), below(2)); return;
    case SYSCALL_MAPPING:
    case SYSCALL_PAGE_ALLOC:
    case SYSCALL_PAGE_FREE:
    case SYSCALL_MEMORY:
        call(number, any_address(), any_address());
        return;
    default: call(number, any_number(), any_number(), any_number());
    }
}

static void make_call() {
    if (one_in(6)) return make_file_call();
    if (counts.refused * 2 > counts.calls) return make_good_call();
    one_in(3) ? make_refused_call() : make_wild_call();
}

/// What stops a process

#define DANGER(name, code) \
    {name, [](uintptr_t x) { asm volatile(code : "+r"(x) : : "rax", "rcx", "rdx", "memory"); }}

// The page below the stack, whose size depends on the machine and the kernel's rooms
static uintptr_t find_guard() {
    constexpr uintptr_t sizes[] = {0x800'000, 16 * PAGESIZE};
    for (uintptr_t size : sizes) {
        uintptr_t lowest = user_end() - size;
        int r = sys_mprotect(reinterpret_cast<void*>(lowest), PAGESIZE, PROT_READ | PROT_WRITE);
        if (r == 0) return lowest - PAGESIZE;
    }
    return user_end() - 2 * PAGESIZE;
}

static void overflow_stack(uintptr_t) {
    uintptr_t guard = find_guard();
    // it had been given a page
    if (sys_page_free(reinterpret_cast<void*>(guard)) == E_NOMEM) end_self();
    write_byte(guard);
}

// In the big machine not all memory, but as much as the others can do with and then some
static void take_all_memory(uintptr_t) {
    uintptr_t heap = round_up(uintptr_t(sbrk(0)), PAGESIZE), heap_end = heap;
    uintptr_t most = is_big() ? 0x1000'0000 : MEMSIZE_VIRTUAL;
    while (heap_end - heap < most && sbrk(PAGESIZE) >= 0) heap_end += PAGESIZE;
    for (int i = 0; i < 20; ++i) {              // others give up some meanwhile, and take some
        for (uintptr_t va = heap; va < heap_end; va += PAGESIZE) write_byte(va);
    }
    end_self();
}

constexpr uintptr_t nobodys = BIG_MEMSIZE_VIRTUAL + 0x10;  // behind all processes' addresses, and
                                                           // canonical

static constexpr attempt dangers[] = {
    DANGER("divide error", "xorl %%edx, %%edx; xorl %%ecx, %%ecx; divl %%ecx"),
    DANGER("debug trap", "pushfq; orl $0x100, (%%rsp); popfq; nop; nop"),
    DANGER("breakpoint", "int3"),
    DANGER("invalid opcode", "ud2"),
    DANGER("no floating point", ".byte 0xD9, 0xE8"),
    DANGER("general protection", "hlt"),
    DANGER("a selector", "movl $0x10, %%eax; movl %%eax, %%es"),
    DANGER("not canonical", "movq $1, %%rax; shlq $47, %%rax; jmp *%%rax"),
    DANGER("stack segment", "movq $0x800000000100, %%rsp; pushq %%rax"),
    {"null pointer", read_byte, 8},
    {"read missing", read_byte, nobodys},
    {"write missing", write_byte, nobodys},
    {"execute missing", call_byte, nobodys},
    {"read protected", read_byte, KERNEL_START_ADDR},
    {"write protected", write_byte, PROC_START_ADDR},
    {"execute protected", call_byte, CONSOLE_ADDR},
    {"stack overflow", overflow_stack},
    {"out of memory", take_all_memory},
};
constexpr int danger_count = sizeof(dangers) / sizeof(dangers[0]);
constexpr int memory_danger = danger_count - 1;     // disturbs all others, so it comes more rarely
static_assert(danger_count <= danger_limit);

static void do_dangerous_thing() {
    int which = one_in(25) ? memory_danger : int(below(memory_danger));
    int64_t child = call(SYSCALL_FORK);
    if (child == 0) {
        begin_process();
        dangers[which].run(dangers[which].argument);
        log_printf("not ok: expected %s to stop the process", dangers[which].name);
        end_self();
    }
    int status = 0;
    if (child > 0
        && call(SYSCALL_WAIT, uint64_t(child), reinterpret_cast<uint64_t>(&status)) == child) {
        if (status == STATUS_FAULTED) count(counts.stopped[which]);
    }
}

// Instructions to be copied elsewhere: they take this program's own away, then load all registers
// and jump.
extern "C" {
uint64_t wild_registers[15];
uintptr_t wild_target;
extern const uint8_t departure[], departure_end[];
}
asm(".pushsection .rodata.departure, \"a\"\n"
    "departure: movl $18, %eax; movl $0x100000, %edi; movl $departure, %esi; subl %edi, %esi; andl "
    "$-4096, %esi;"
    "xorl %edx, %edx; syscall; movq $wild_registers, %rsp; popq %rax; popq %rcx; popq %rdx; popq "
    "%rbx; popq %rbp;"
    "popq %rsi; popq %rdi; popq %r8; popq %r9; popq %r10; popq %r11; popq %r12; popq %r13; popq "
    "%r14; popq %rsp;"
    "jmp *wild_target\n"
    "departure_end: .popsection");
static_assert(SYSCALL_MPROTECT == 18 && PROC_START_ADDR == 0x100000);

// Go to some address with random registers, which point to random instructions or to none; never to
// the counts.
[[noreturn]] static void jump() {
    auto code = reinterpret_cast<uint8_t*>(arena_page());
    for (auto& each : wild_registers) {
        each = any_number();
        if (each / PAGESIZE == CONSOLE_ADDR / PAGESIZE) each = reinterpret_cast<uintptr_t>(code);
    }
    wild_target = one_in(4) ? any_address() : reinterpret_cast<uintptr_t>(code) + below(PAGESIZE);
    if (sys_page_alloc(code) < 0) end_self();
    for (unsigned i = 0; i < PAGESIZE; ++i) code[i] = uint8_t(any_word());
    memcpy(code, departure, size_t(departure_end - departure));
    if (sys_mprotect(code, PAGESIZE, PROT_READ | PROT_EXEC) < 0) end_self();
    reinterpret_cast<void (*)()>(code)();
    end_self();
}

// A child that may do anything. It waits until its parent needs no more memory, since only that can
// end it.
static void jump_in_child() {
    int64_t child = call(SYSCALL_FORK);
    if (child == 0) {
        pid_t self = begin_process();
        while (!counts.may_go[self]) {
            if (sys_getppid() == 0) end_self();
            sys_yield();
        }
        jump();
    }
    if (child < 0) return;
    int status = 0;
    stale[0] = arena_page();
    counts.may_go[child] = 1;
    for (uint64_t i = below(4); i > 0; --i) sys_yield();
    sys_kill(pid_t(child));
    counts.may_go[child] = 0;
    if (sys_wait(pid_t(child), &status) == child && status == STATUS_FAULTED) count(counts.wild);
}

// A child that ends before it has written to anything, while its parent has not either: the page
// tables that they share are the parent's alone again.
static void fork_in_vain() {
    count(counts.calls);
    int64_t child = SYSCALL_FORK;
    asm volatile("syscall; testq %%rax, %%rax; jnz 1f; movl %1, %%eax; syscall\n"
                 "1: movq %%rax, %%rdx; movl %2, %%eax; syscall; movq %%rdx, %%rax" : "+a"(child)
                 : "i"(SYSCALL_EXIT), "i"(SYSCALL_YIELD) : "rcx", "rdx", "r11", "cc", "memory");
    if (child > 0) call(SYSCALL_WAIT, uint64_t(child));
}

/// Processes

// Touch memory that is there or promised; or anything.
static void touch(bool is_careful) {
    if (!is_careful && one_in(4)) {
        return (one_in(2) ? read_byte : write_byte)(any_address() | 1u << 20);
    }
    memory_mapping found;
    uintptr_t heap_end = uintptr_t(sbrk(0)), place = heap_end - 1 - below(8 * PAGESIZE);
    if (one_in(4)) {
        place = rdrsp() - below(9 * PAGESIZE);
        if (is_careful && place < find_guard() + PAGESIZE) return;
    } else if (place < round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE) || place >= heap_end) {
        return;
    }
    if (sys_mapping(reinterpret_cast<void*>(place), &found) < 0) return;
    if (found.perm != 0 && !(found.perm & PTE_W) && !is_careful) return;
    (one_in(2) ? read_byte : write_byte)(place);
}

static void count_faults() {
    memory_report report;
    if (call(SYSCALL_MEMORY, &report) < 0) return;
    for (int kind = 0; kind < FAULT_FILE; ++kind) {            // there are no files
        count(counts.resolved[kind], report.faults[kind]);
    }
}

[[noreturn]] static void live_briefly(unsigned depth);

static void start_another(unsigned depth) {
    int64_t child = call(SYSCALL_FORK);
    if (child == 0) live_briefly(depth);
    if (child > 0) call(SYSCALL_WAITPID, uint64_t(child), 0, W_NOHANG);     // it has hardly begun
    if (child > 0 && one_in(2)) call(SYSCALL_WAIT, uint64_t(child));
    else if (child > 0 && one_in(2)) call(SYSCALL_KILL, uint64_t(child));
}

// A process whose children are not dangerous: anybody may end it at any time.
void live_briefly(unsigned depth) {
    pid_t self = begin_process();
    for (uint64_t left = below(60); left > 0; --left) {
        counts.beats[self] = counts.calls;
        if (one_in(8)) touch(false);
        if (depth > 0 && one_in(20)) start_another(depth - 1);
        make_call();
    }
    count_faults();
    if (one_in(3)) call(SYSCALL_EXEC, "hello");
    call(SYSCALL_EXIT, any_number());
    end_self();
}

// Children until there are no more.
static void fill_process_table() {
    for (int i = 0; i < 2 * NPROC; ++i) {
        int64_t child = call(SYSCALL_FORK);
        if (child != 0) continue;
        begin_process();
        sys_sleep(10);
        end_self();
    }
}

[[noreturn]] static void work() {
    pid_t self = begin_process();
    for (uint64_t left = 200 + below(400); left > 0; --left) {
        counts.beats[self] = counts.calls;
        make_call();
        switch (below(400)) {
        case 0: fill_process_table(); break;
        case 1:
        case 2:
        case 3:
        case 4: start_another(2); break;
        case 5:
        case 6:
        case 7:
        case 8: jump_in_child(); break;
        case 9: fork_in_vain(); break;
        default:
            if (one_in(30)) do_dangerous_thing();
            else if (one_in(10)) touch(true);
        }
    }
    count_faults();
    end_self();
}

/// The first process: it shares no memory with anybody, so that it needs none

constexpr int worker_count = 6;
constexpr unsigned patience = 60;       // rounds, of about 10 ms, without a sign of life
static struct {
    pid_t pid;
    uint64_t beat;
    unsigned rounds;
} workers[worker_count];

static unsigned distance(pid_t pid, pid_t ancestor) {
    unsigned steps = 0;
    for (; pid != ancestor && pid > 0 && pid < NPROC && steps < 9; ++steps) {
        pid = pid_t(counts.parents[pid]);
    }
    return pid == ancestor ? steps : 0;
}

// End a process after all that descend from it, since who loses its parent cannot be ended any
// more.
static void kill_family(pid_t ancestor) {
    for (unsigned steps = 8; steps > 0; --steps) {
        for (pid_t pid = 2; pid < NPROC; ++pid) {
            if (distance(pid, ancestor) == steps) sys_kill(pid);
        }
    }
    if (ancestor > 1) sys_kill(ancestor);
}

static void look_after_workers() {
    for (auto& worker : workers) {
        if (worker.pid <= 0) {
            worker = {counts.is_over ? 0 : sys_spawn("fuzz"), counts.calls, 0};
            continue;
        }
        uint64_t beat = counts.beats[worker.pid];
        worker.rounds = beat == worker.beat ? worker.rounds + 1 : 0;
        worker.beat = beat;
        if (!counts.has_ended[worker.pid] && worker.rounds < patience) continue;
        kill_family(worker.pid);
        sys_wait(worker.pid);
        worker.pid = 0;
    }
}

// Random instructions may hit the counts, once in a million calls or so: the first process knows
// what they were.
static void mend_counts() {
    static uint64_t known[offsetof(fuzz_counts, is_over) / 8];
    constexpr uint64_t most = 100'000;          // far more than happens between two looks
    auto words = reinterpret_cast<volatile uint64_t*>(&counts);
    for (uint64_t& each : known) {
        volatile uint64_t& word = words[&each - known];
        if (word - each > most) {
            word = each;
            log_printf("fuzz count mended at 0x%lx", reinterpret_cast<uintptr_t>(&word));
        }
        each = word;
    }
    counts.is_over = 0;
}

static void say_counts() {
    static char line[400];
    auto say = [](const char* what, volatile uint64_t* words, int n) {
        size_t length = size_t(snprintf(line, sizeof(line), "fuzz %s", what));
        for (int i = 0; i < n; ++i) {
            length += size_t(snprintf(line + length, sizeof(line) - length, " %lu", words[i]));
        }
        sys_log(line);
    };
    log_printf("fuzz seed %lu calls %lu refused %lu", parameters().seed, counts.calls,
               counts.refused);
    for (int error = 0; error < error_limit; ++error) {
        if (counts.errors[error]) log_printf("fuzz error -%d: %lu", error, counts.errors[error]);
    }
    for (int i = 0; i < danger_count; ++i) {
        log_printf("fuzz stopped by %s: %lu", dangers[i].name, counts.stopped[i]);
    }
    log_printf("fuzz stopped by random instructions: %lu", counts.wild);
    say("resolved", counts.resolved, FAULT_FILE);
}

[[noreturn]] static void supervise() {
    static uint64_t pattern[PAGESIZE / 8];
    memset(const_cast<fuzz_counts*>(&counts), 0, sizeof(counts));
    for (auto& each : pattern) each = reinterpret_cast<uint64_t>(&each);
    do {
        look_after_workers();
        for (auto& each : pattern) {
            expect("the first process's memory", each == reinterpret_cast<uint64_t>(&each));
        }
        sys_sleep(10);
        mend_counts();
    } while (counts.calls < parameters().calls);
    counts.is_over = 1;
    for (int i = 0; i < 10; ++i) sys_sleep(10);
    kill_family(1);
    while (sys_wait() > 0) {}
    say_counts();
    pass();
}

void process_main() {
    if (sys_getpid() == 1) supervise();
    work();
}
