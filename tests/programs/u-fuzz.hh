// u-fuzz.hh - what the processes of p-fuzz share: parameters, counts, random numbers, and the
// counted call
//
//    The counts lie in the screen's page, which all processes see and none of these uses as a
//    screen (`view=off`). Random addresses stay away from the middle of that page. Each process has
//    its own sequence of random numbers, from the seed and how many processes there were before it,
//    so a run is the same each time.
#ifndef KINGLET_U_FUZZ_HH
#define KINGLET_U_FUZZ_HH
#include "u-file.hh"
#include "u-random.hh"
#include "u-test.hh"

// What tests/fuzz.py writes into the image, where it finds `mark`
struct fuzz_parameters {
    char mark[24];
    uint64_t seed;
    uint64_t calls;                     // so many, then all end
};
inline constexpr fuzz_parameters given_parameters = {"Kinglet fuzz parameters", 1, 20'000};

// parameters()
//    As the image has them now, which the compiler cannot know.
inline const fuzz_parameters& parameters() {
    const fuzz_parameters* given = &given_parameters;
    asm("" : "+r"(given));
    return *given;
}

constexpr int danger_limit = 24, error_limit = 64;
struct fuzz_counts {
    uint64_t calls;                     // made, `sys_exit` and those that do not return included
    uint64_t refused;                   // of those, how many returned an error
    uint64_t errors[error_limit];       // by error number, its sign changed
    uint64_t stopped[danger_limit];     // by what a process did that stopped it
    uint64_t wild;                      // processes stopped by random instructions
    uint64_t resolved[NFAULT_KINDS];    // page faults that became memory
    uint64_t processes;                 // started
    uint64_t is_over;
    uint64_t beats[NPROC];              // of each process, when it last did something: the value of
                                        // `calls`
    uint64_t parents[NPROC];
    uint64_t may_go[NPROC];             // a process that waits before it does something dangerous
    uint64_t has_ended[NPROC];
};
inline volatile fuzz_counts& counts = *reinterpret_cast<volatile fuzz_counts*>(CONSOLE_ADDR + 320);
static_assert(320 + sizeof(fuzz_counts) < 21 * 160, "the kernel writes messages to the last rows");

// count(word, n)
//    Add `n` to a word that others add to as well. Returns what it was.
inline uint64_t count(volatile uint64_t& word, uint64_t n = 1) {
    asm volatile("xaddq %0, %1" : "+r"(n), "+m"(word) : : "memory");
    return n;
}

// begin_process()
//    Note that this process is there, with random numbers of its own. Returns its pid.
inline pid_t begin_process() {
    pid_t self = sys_getpid();
    sys_close(0);                       // nobody types: who reads the console would wait for ever
    random_state = (parameters().seed << 32) + count(counts.processes);
    random_state = any_word();
    counts.parents[self] = uint64_t(sys_getppid());
    counts.has_ended[self] = 0;
    counts.beats[self] = counts.calls;
    return self;
}

// Whether this is the big machine, and where a process's addresses end
inline uintptr_t user_end() {
    return rdrsp() < MEMSIZE_VIRTUAL ? MEMSIZE_VIRTUAL : BIG_MEMSIZE_VIRTUAL;
}
inline bool is_big() { return user_end() != MEMSIZE_VIRTUAL; }

// Arguments

// Pages that no program and no stack uses, at whose start the heap lies, and which a shared page
// table has in part
constexpr uintptr_t arena = 0x1C0000, arena_pages = 0x90;
inline uintptr_t stale[8];              // addresses that were of use

inline uintptr_t arena_page() { return arena + below(arena_pages) * PAGESIZE; }
inline void* arena_pointer() { return reinterpret_cast<void*>(arena_page()); }

// any_address()
//    Most are not for this process to use, or at the edge of something.
inline uintptr_t any_address() {
    static constexpr uintptr_t edges[] = {
        0, PAGESIZE, KERNEL_START_ADDR, KERNEL_LIMIT_ADDR, CONSOLE_ADDR, CONSOLE_ADDR + PAGESIZE,
        PROC_START_ADDR, MEMSIZE_PHYSICAL, 0x2EF000, 0x2F0000, 0x2FF000, MEMSIZE_VIRTUAL,
        uintptr_t(1) << 32, VA_LOWEND, BIG_MEMSIZE_VIRTUAL, 0xFFFF'8000'0000'0000,
        BIG_MEMSIZE_VIRTUAL - 0x801000};
    static constexpr uint8_t offsets[] = {0, 0, 1, 2, 4, 8, 15, 16, 96};
    uintptr_t offset = offsets[below(sizeof(offsets))];
    switch (below(8)) {
    case 0:
    case 1: return edges[below(sizeof(edges) / sizeof(edges[0]))] + offset;
    case 2: return edges[below(sizeof(edges) / sizeof(edges[0]))] - offset;
    case 3: return PROC_START_ADDR + below(0x220) * PAGESIZE;
    case 4: return PROC_START_ADDR + below(0x220) * PAGESIZE - offset;
    case 5: return any_word() >> below(64);
    default: return stale[below(8)] + offset;
    }
}

inline uint64_t any_number() {
    switch (below(6)) {
    case 0:
    case 1: return below(40);
    case 2: return -below(40);
    case 3: return (uint64_t(1) << below(64)) - below(3);
    case 4: return any_word();
    default: return any_address();
    }
}

inline const char* any_name() {
    static const char* const names[] = {
        "hello", "test-main", "nothing", "",
        "a name that is much too long to be a program's, and then some more of it"};
    return one_in(3) ? reinterpret_cast<const char*>(any_address()) : names[below(5)];
}

// Calls

// end_self()
//    This process has done what it should.
[[noreturn]] inline void end_self() {
    counts.has_ended[sys_getpid()] = 1;
    sys_exit();
}

constexpr uint64_t set(int error) { return uint64_t(1) << -error; }
constexpr uint64_t pointer_errors = set(E_FAULT) | set(E_NOMEM);
constexpr uint64_t program_errors = pointer_errors | set(E_NOENT) | set(E_NOEXEC);
constexpr uint64_t file_errors = pointer_errors | set(E_NOENT) | set(E_BADF) | set(E_INVAL)
    | set(E_SPIPE) | set(E_ROFS) | set(E_NAMETOOLONG) | set(E_IO) | set(E_PIPE) | set(E_EXIST)
    | set(E_BUSY) | set(E_MFILE) | set(E_NFILE) | set(E_NOSPC) | set(E_FBIG);
constexpr uint64_t mapping_errors = set(E_INVAL) | set(E_NOMEM) | set(E_NOSYS);
constexpr int64_t last_pid = NPROC - 1;

// What each call may answer: errors, and the highest result
struct answers {
    uint64_t errors;
    int64_t most;
};
// clang-format off
inline constexpr answers possible[NSYSCALL] = {
    {set(E_NOSYS), -1}, {0, last_pid}, {0, 0}, {pointer_errors, -1},
    {set(E_INVAL) | set(E_NOMEM), 0}, {set(E_AGAIN) | set(E_NOMEM), last_pid}, {0, -1},
    {pointer_errors, 0}, {set(E_INVAL) | set(E_NOMEM), BIG_MEMSIZE_VIRTUAL},
    {program_errors | set(E_2BIG), -1}, {pointer_errors | set(E_CHILD) | set(E_INVAL), last_pid},
    {set(E_INVAL) | set(E_SRCH) | set(E_PERM), 0}, {0, 0}, {0, last_pid},
    {program_errors | set(E_AGAIN), last_pid}, {set(E_INVAL) | set(E_NOMEM), 0},
    {pointer_errors | set(E_INVAL), 0}, {pointer_errors, 0}, {set(E_INVAL) | set(E_NOMEM), 0},
    {file_errors, INT64_MAX},
    {pointer_errors | set(E_CHILD) | set(E_INVAL) | set(E_AGAIN), last_pid}, {0, INT64_MAX},
    {0, RAND_MAX},
    {file_errors, descriptor_limit - 1}, {set(E_BADF), 0}, {file_errors, INT64_MAX},
    {file_errors, INT64_MAX}, {set(E_BADF) | set(E_INVAL) | set(E_SPIPE), INT64_MAX},
    {set(E_BADF), descriptor_limit - 1}, {file_errors, 0}, {file_errors, 0}, {file_errors, 64},
    {file_errors, INT64_MAX}, {file_errors, 0}, {file_errors, 0}, {file_errors, 0},
    {file_errors, 0}, {file_errors, 0}, {pointer_errors | set(E_MFILE) | set(E_NFILE), 0},
    {mapping_errors | set(E_BADF) | set(E_NODEV), BIG_MEMSIZE_VIRTUAL},
    {mapping_errors, 0}, {mapping_errors, 0}, {mapping_errors | set(E_FAULT), 0},
    {mapping_errors, 0},
};
// clang-format on

inline bool is_possible(uint64_t number, int64_t result) {
    answers known = number < NSYSCALL ? possible[number] : possible[0];
    if (result >= 0) return result <= (number == SYSCALL_SBRK ? int64_t(user_end()) : known.most);
    return result > -error_limit && (known.errors >> -result & 1);
}

// keeping_call(number, a, b, c, damage)
//    A system call that says in `damage`, if it is not 0, that registers have changed which it
//    should keep.
inline int64_t keeping_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t& damage) {
    asm volatile("movq %%rdi, %%r12; movq %%rsi, %%r13; movq %%rdx, %%r14; movq %%rsp, %%r15;"
                 "leaq 1(%%rdi), %%r8; leaq 1(%%rsi), %%r9; leaq 1(%%rdx), %%r10; syscall;"
                 "xorq %%rsp, %%r15; leaq 1(%%r12), %%rcx; xorq %%r8, %%rcx; orq %%rcx, %%r15;"
                 "leaq 1(%%r13), %%rcx; xorq %%r9, %%rcx; orq %%rcx, %%r15;"
                 "leaq 1(%%r14), %%rcx; xorq %%r10, %%rcx; orq %%rcx, %%r15;"
                 "xorq %%rdi, %%r12; xorq %%rsi, %%r13; xorq %%rdx, %%r14;"
                 "orq %%r12, %%r15; orq %%r13, %%r15; orq %%r15, %%r14; movq %%r14, %%rcx"
                 : "+a"(number), "=&c"(damage), "+D"(a), "+S"(b), "+d"(c)
                 : : "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory");
    return int64_t(number);
}

// call(number, a, b, c)
//    A counted call. It does not return when there have been enough. An answer that the call may
//    not give is logged.
inline int64_t call(uint64_t number, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0) {
    if (counts.is_over) end_self();
    if (count(counts.calls) >= parameters().calls) {
        count(counts.calls, uint64_t(-1));
        end_self();
    }
    constexpr uint64_t intact = 0x1A7A'C7ED'57AC'0001;
    volatile uint64_t stack = intact;
    uint64_t damage;
    int64_t result = keeping_call(number, a, b, c, damage);
    if (stack != intact) end_self();    // a new page, or an answer, lies where this stack was
    if (damage != 0) {
        log_printf("not ok: call %lu (0x%lx, 0x%lx, 0x%lx) changed registers", number, a, b, c);
    }
    if (!is_possible(number, result)) {
        log_printf("not ok: call %lu (0x%lx, 0x%lx, 0x%lx) answered %ld", number, a, b, c, result);
    } else if (result < 0) {
        count(counts.refused);
        count(counts.errors[-result]);
    }
    return result;
}
template <typename T>
inline int64_t call(uint64_t number, T* a, uint64_t b = 0) {
    return call(number, reinterpret_cast<uint64_t>(a), b);
}

#endif
