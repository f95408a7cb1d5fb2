// p-bench-trap - what it costs to be told of a write to a protected page, in instructions
//
//    As p-bench. What Appel and Li (1991) call PROT1, TRAP, UNPROT, as far as there is such a thing
//    here: a process protects a page and writes to it; the kernel stops the process and tells its
//    parent, which waits for that; the parent allows writing again, to a page of its own. (There,
//    the process itself is told, and goes on.) Logs `bench prot1_trap_unprot=COUNT`, and of that
//    `bench prot1=COUNT`, `bench trap=COUNT`, `bench unprot=COUNT`: the medians, since the log's
//    lines differ in length. Outside: `ok` from pid 1; one page fault for each of the 15 children.
#include "u-bench.hh"

// shared words: the time-stamp counter in the child
enum {
    protecting,
    is_protected
};

constexpr int repetitions = 15;

struct costs {
    uint64_t prot1, trap, unprot;
    uint64_t all() const { return prot1 + trap + unprot; }
};

static void protect(int prot) {
    if (sys_mprotect(page(0), PAGESIZE, prot) < 0) fail("sys_mprotect");
}

// The page is the parent's own again, and writable, after each child: the last write to it made it
// so.
static costs trap_once() {
    *page(0) = 1;
    protect(PROT_READ);
    pid_t child = start_child([] {
        protect(PROT_READ | PROT_WRITE);
        *page(0) = 2;                   // a page of the child's own
        shared_words[protecting] = rdtsc();
        protect(PROT_READ);
        shared_words[is_protected] = rdtsc();
        *page(0) = 3;
        log_printf("not ok: expected to be stopped, found not");
    });
    int status = 0;
    sys_wait(child, &status);
    uint64_t told = rdtsc();
    protect(PROT_READ | PROT_WRITE);
    uint64_t unprotected = rdtsc();
    expect("the status of a process that faulted", STATUS_FAULTED, status);
    expect("the page's word", 1, int64_t(*page(0)));
    uint64_t written = shared_words[is_protected];
    return {written - shared_words[protecting], told - written, unprotected - told};
}

static void report_median(const char* name, const costs* found, uint64_t (*cost)(const costs&)) {
    for (int i = 0; i < repetitions; ++i) {
        int below = 0, equal = 0;
        for (int j = 0; j < repetitions; ++j) {
            below += cost(found[j]) < cost(found[i]);
            equal += cost(found[j]) == cost(found[i]);
        }
        if (below > repetitions / 2 || below + equal <= repetitions / 2) continue;
        log_printf("bench %s=%lu", name, cost(found[i]));
        return;
    }
}

void process_main() {
    expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
    costs found[repetitions];
    for (costs& each : found) each = trap_once();
    report_median("prot1_trap_unprot", found, [](const costs& c) { return c.all(); });
    report_median("prot1", found, [](const costs& c) { return c.prot1; });
    report_median("trap", found, [](const costs& c) { return c.trap; });
    report_median("unprot", found, [](const costs& c) { return c.unprot; });
    pass();
}
