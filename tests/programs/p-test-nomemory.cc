// p-test-nomemory - whichever page the kernel cannot get, the call fails or the process faults, and
// nothing is lost
//
//    For failing.img: that kernel counts the last shared word down with each page it takes, and
//    when it comes to 0 says that there is none. Each operation is tried with the first page
//    refused, with the second, and so on until there are enough. Outside: `ok` from pid 1; `NAME: N
//    refusals` for each; every fault for lack of memory. With late.img, the same operations succeed
//    at the third try, whichever page was refused; no fault.
#include "u-late.hh"
#include "u-test.hh"

enum {
    left = 9,
    countdown = 10
};
constexpr int succeeded = 0, refused = 1;

static uint64_t data[PAGESIZE / 8] = {61};
static pid_t child;
static uintptr_t heap;                  // where it starts

// Pages whose last-level table can be shared; in the big machine, where the stack is elsewhere, it
// still is
static uint64_t* high_page(unsigned n) {
    return reinterpret_cast<uint64_t*>(0x240000 + n * PAGESIZE);
}

// End an operation in its own process: say how many pages more it could have had.
static void stop_counting() {
    shared_words[left] = shared_words[countdown];
    shared_words[countdown] = 0;
}

struct operation {
    const char* name;
    int64_t (*run)();
    void (*prepare)() = [] {};
};

static void grow(intptr_t bytes) {
    heap = uintptr_t(sbrk(bytes));
}

// Have the heap grow by 20 pages, the third of which is there and has 61 in it: also afterwards, if
// they do not come.
static void put_page_before_heap() {
    grow(0);
    uintptr_t third = round_up(heap, PAGESIZE) + 2 * PAGESIZE;
    expect("sys_page_alloc", 0, sys_page_alloc(reinterpret_cast<void*>(third)));
    *reinterpret_cast<uint64_t*>(third) = 61;
}
static int64_t grow_around_page() {
    int64_t result = sbrk(20 * PAGESIZE);
    expect("the page", 61, *reinterpret_cast<int64_t*>(round_up(heap, PAGESIZE) + 2 * PAGESIZE));
    return min(result, 0L);
}

static int64_t status_after(pid_t pid) {
    if (pid < 0) return pid;
    int status;
    pid_t found = sys_wait(pid, &status);
    if (found < 0) return found;
    return status == STATUS_FAULTED ? E_NOMEM : status;
}

// clang-format off
static constexpr operation operations[] = {
    {"page_alloc", [] { return int64_t(sys_page_alloc(page(30))); }},
    {"page_alloc in a shared table", [] { return int64_t(sys_page_alloc(high_page(30))); }},
    {"page_free in a shared table", [] { return int64_t(sys_page_free(high_page(0))); }},
    {"sbrk", [] { return min(sbrk(20 * PAGESIZE), 0L); }},
    {"sbrk around a page", grow_around_page, put_page_before_heap},
    {"sbrk back", [] { return min(sbrk(-20 * PAGESIZE), 0L); }, [] { grow(20 * PAGESIZE); }},
    {"first write", [] { write_byte(heap); return 0L; }, [] { grow(PAGESIZE); }},
    {"first read", [] { read_byte(heap); return 0L; }, [] { grow(PAGESIZE); }},
    {"stack", [] { write_byte(rdrsp() - 10 * PAGESIZE); return 0L; }},
    {"copy", [] { write_byte(reinterpret_cast<uintptr_t>(&data[1])); return 0L; }},
    {"copy in a shared table", [] {
         write_byte(reinterpret_cast<uintptr_t>(high_page(1)));
         return 0L;
     }},
    {"mprotect",
     [] { return int64_t(sys_mprotect(page(40), 2 * PAGESIZE, PROT_READ | PROT_WRITE)); }},
    {"mprotect in a shared table",
     [] { return int64_t(sys_mprotect(high_page(0), 3 * PAGESIZE, PROT_READ)); }},
    {"fork", [] {
        pid_t pid = sys_fork();
        if (pid == 0) sys_exit(succeeded);
        return status_after(pid);
    }},
    {"exit", [] { sys_exit(succeeded); return 0L; }},
    {"spawn", [] { return status_after(sys_spawn("hello")); }},
    {"exec", [] {
        static const char* const arguments[] = {"replaced", nullptr};
        return int64_t(sys_exec("test-nomemory", arguments));
    }},
    {"wait", [] { return min(int64_t(sys_wait(child, reinterpret_cast<int*>(heap))), 0L); }, [] {
        grow(PAGESIZE);
        child = sys_fork();
        if (child == 0) sys_exit();
        yield_often();
    }},
    {"kill", [] { return int64_t(sys_kill(child)); }, [] {
        child = sys_fork();
        while (child == 0) sys_yield();
    }},
    {"memory", [] { return int64_t(sys_memory(reinterpret_cast<memory_report*>(heap + PAGESIZE - 32))); }, [] {
        grow(2 * PAGESIZE);
    }},
    {"log", [] { return int64_t(sys_log(reinterpret_cast<char*>(heap))); }, [] { grow(PAGESIZE); }},
};
// clang-format on

static void run_with_failure(const operation& each, uint64_t k) {
    for (int i = 0; i < 3; ++i) sys_yield();            // the parent waits by then, and needs no
                                                        // pages
    each.prepare();
    write_byte(rdrsp() - 1);                            // a stack of its own
    shared_words[countdown] = k;
    int64_t result = each.run();
    stop_counting();
    if (result < 0) expect("the reason", E_NOMEM, result);
    sys_exit(result < 0 ? refused : succeeded);
}

// Whether there were enough pages
static bool try_with_failure(const operation& each, uint64_t k) {
    uint64_t free = memory_now().free;
    shared_words[left] = 0;
    late_word(late_asked) = 0;
    int status = in_child([&] { run_with_failure(each, k); });
    bool was_enough = shared_words[left] + shared_words[countdown] > 0;
    shared_words[countdown] = 0;
    yield_often();
    uint64_t tries = late_word(late_asked);
    bool helped = tries == 1 && late_word(late_run_out) != 0;       // by another process's end
    if (tries > 0) expect("tries to make room", tries == 3 || helped);
    late_word(late_run_out) = 0;
    if (was_enough || tries > 0) expect(each.name, succeeded, status);
    else expect(each.name, status == refused || status == STATUS_FAULTED);
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    return was_enough;
}

int main(int, char** argv) {
    if (strcmp(argv[0], "replaced") == 0) {
        stop_counting();
        return succeeded;
    }
    for (int i = 0; i < shared_word_count; ++i) shared_words[i] = 0;
    for (unsigned n = 0; n < 3; ++n) expect("sys_page_alloc", 0, sys_page_alloc(high_page(n)));
    for (unsigned n = 40; n < 42; ++n) expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
    for (const operation& each : operations) {
        uint64_t k = 1;
        while (!try_with_failure(each, k)) ++k;
        log_printf("%s: %lu refusals", each.name, k - 1);
        expect("the data as it was", 61, int64_t(data[0]));
    }
    pass();
}
