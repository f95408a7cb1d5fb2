// p-test-late - who waits for a page or for memory goes on where it was, and first if for memory
//
//    For late.img, whose kernel lets processes wait: see u-late.hh. Outside: `ok` from pid 1; no
//    fault.
#include "u-late.hh"
#include "u-test.hh"

constexpr uint64_t the_page = 61;

static uintptr_t new_heap_page() {
    return round_up(uintptr_t(sbrk(2 * PAGESIZE)), PAGESIZE);
}

static void write_to_heap() {
    auto word = reinterpret_cast<volatile uint64_t*>(new_heap_page());
    late_word(late_countdown) = 1;
    *word = 62;
    expect("what was written", 62, int64_t(*word));
}

static void allocate_page() {
    late_word(late_countdown) = 1;
    expect("sys_page_alloc", 0, sys_page_alloc(page(30)));
    expect("a page of zeros", 0, int64_t(*page(30)));
}

// One waits in a page fault, one in a system call, for the same page.
static void wait_for_page() {
    late_word(late_page) = the_page;
    pid_t faults = start_child([] {
        write_to_heap();
        expect("one fault", 1, int64_t(memory_now().faults[FAULT_HEAP]));
    });
    yield_often();
    pid_t calls = start_child(allocate_page);
    yield_often();
    late_word(late_page) = 0;
    sys_sleep(500);                                 // a test looks at them from outside
    pid_t nobody = sys_waitpid(0, nullptr, W_NOHANG);
    expect("both still wait", E_AGAIN, nobody);
    late_word(late_page_here) = the_page;
    expect("the status of who faulted", 0, status_of(faults));
    expect("the status of who called", 0, status_of(calls));
}

// Others want to run all the time; who got memory runs before them.
static void run_first(void (*run)()) {
    pid_t others[3];
    late_word(late_turns) = 0;
    late_word(late_turns_before) = 0;
    late_word(late_asked) = 0;
    for (pid_t& other : others) {
        other = start_child([] {
            for (;; sys_yield()) add_to(late_turns, 1);
        });
    }
    yield_often();
    uint64_t turns = late_word(late_turns);
    run();
    expect("three questions", 3, int64_t(late_word(late_asked)));
    expect("others run while it waits", late_word(late_turns) > turns + 300);
    expect("turns of others once it has memory", 0, int64_t(late_word(late_turns_before)));
    for (pid_t other : others) {
        expect("sys_kill", 0, sys_kill(other));
        expect("its status", STATUS_KILLED, status_of(other));
    }
}

// One process has all memory; some of its pages are taken, so that another can be made.
static void fork_from_nothing() {
    late_word(late_asked) = 0;
    pid_t hog = start_child([] {
        for (unsigned n = 0; sys_page_alloc(page(n)) == 0;) ++n;
        late_word(late_victim) = uint64_t(sys_getpid());
        for (;;) sys_sleep(1000);
    });
    while (late_word(late_victim) == 0) sys_yield();
    expect("questions when nobody has too many", 0, int64_t(late_word(late_asked)));
    expect("free pages", memory_now().free - memory_now().owed < 3);
    pid_t child = start_child([] {});
    expect("three questions", 3, int64_t(late_word(late_asked)));
    expect("its status", 0, status_of(child));
    expect("sys_kill", 0, sys_kill(hog));
    expect("its status", STATUS_KILLED, status_of(hog));
}

void process_main() {
    for (int i = 0; i < shared_word_count; ++i) shared_words[i] = 0;
    wait_for_page();
    run_first(write_to_heap);
    run_first(allocate_page);
    fork_from_nothing();
    pass();
}
