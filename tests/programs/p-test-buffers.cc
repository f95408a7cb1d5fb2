// p-test-buffers - a call's pointers may be anything: it refuses them, or finds memory that is
// promised or shared
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

static constexpr uintptr_t bad[] = {1,
                                    0x1000,
                                    KERNEL_START_ADDR,
                                    KERNEL_LIMIT_ADDR - 1,
                                    CONSOLE_ADDR - 1,
                                    CONSOLE_ADDR + PAGESIZE - 1,
                                    0xF0000,
                                    PROC_START_ADDR - 1,
                                    PROC_START_ADDR,
                                    MEMSIZE_VIRTUAL - 0x40000,
                                    MEMSIZE_VIRTUAL - 1,
                                    MEMSIZE_VIRTUAL,
                                    0x1'0010'0000,
                                    VA_LOWEND - 8,
                                    VA_LOWEND - 1,
                                    VA_LOWEND,
                                    0x8000'0000'0010'0000,
                                    VA_HIGHMIN,
                                    UINTPTR_MAX - 7,
                                    UINTPTR_MAX};

static void refuse_bad_pointers() {
    for (uintptr_t address : bad) {
        expect("sys_memory", E_FAULT, sys_memory(reinterpret_cast<memory_report*>(address)));
        expect("sys_mapping", E_FAULT,
               sys_mapping(page(0), reinterpret_cast<memory_mapping*>(address)));
    }
    expect("sys_memory without an answer", E_FAULT, sys_memory(nullptr));
    expect("sys_mapping without an answer", E_FAULT, sys_mapping(page(0), nullptr));
}

// Calls with all of their registers anything: whatever they return, this process is still there.
static void survive_nonsense() {
    constexpr uintptr_t numbers[] = {SYSCALL_SBRK, SYSCALL_EXEC, SYSCALL_KILL,
                                     SYSCALL_SPAWN, SYSCALL_MAPPING, SYSCALL_MEMORY,
                                     SYSCALL_MPROTECT, SYSCALL_WRITE};
    for (uintptr_t number : numbers) {
        for (uintptr_t first : bad) {
            if (number == SYSCALL_SBRK && first < MEMSIZE_PHYSICAL) continue;
            if (number == SYSCALL_WRITE && first == 1) continue;
            if (number == SYSCALL_MPROTECT && first == PROC_START_ADDR) continue;
            for (uintptr_t second : bad) {
                expect("an error",
                       is_error(make_syscall(number, first, second, first, second, first, second)));
            }
        }
    }
}

// Answers across two pages, at page `n`'s end: both say the same as one on the stack.
static void answer_across(unsigned n) {
    auto answer = reinterpret_cast<memory_report*>(reinterpret_cast<uintptr_t>(page(n + 1)) - 24);
    expect("sys_memory", 0, sys_memory(answer));
    memory_report second = memory_now();
    expect("the same total", int64_t(second.total), int64_t(answer->total));
    expect("the same tables", int64_t(second.tables), int64_t(answer->tables));
}

// The same with all calls that write to memory, in pages that are promised, or have been read, or
// are the parent's too.
static void use_heap() {
    expect("a promised word", 0, int64_t(page(2)[0]));
    answer_across(0);
    answer_across(2);
    auto found = reinterpret_cast<memory_mapping*>(page(5) - 1);
    expect("sys_mapping", 0, sys_mapping(page(0), found));
    expect("its answer", int64_t(mapping_of(page(0)).pa), int64_t(found->pa));
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) sys_exit(61);
    auto status = reinterpret_cast<int*>(page(8)) + 1;
    expect("sys_wait", child, sys_wait(child, status));
    expect("the status", 61, *status);
    auto name = reinterpret_cast<char*>(page(10)) - 4;
    memcpy(name, "test-main", sizeof("test-main"));
    expect("the status of a program", 61, status_of(sys_spawn(name)));
    expect("sys_log of promised memory", 0, sys_log(reinterpret_cast<char*>(page(12))));
}

static void write_to_shared() {
    page(0)[0] = page(1)[0] = 61;
    expect("a child", 0, in_child([] {
        expect("sys_memory", 0, sys_memory(reinterpret_cast<memory_report*>(page(0))));
        expect("an answer", page(0)[0] != 61);
        expect("sys_mapping", 0, sys_mapping(page(0), reinterpret_cast<memory_mapping*>(page(1))));
        expect("an answer", page(1)[0] != 61);
    }));
    expect("the words as they were", page(0)[0] == 61 && page(1)[0] == 61);
}

void process_main() {
    refuse_bad_pointers();
    survive_nonsense();
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(20 * PAGESIZE));
    use_heap();
    write_to_shared();
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(20)), sbrk(-20 * PAGESIZE));
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(20 * PAGESIZE));
    expect("a child", 0, in_child(use_heap));
    pass();
}
