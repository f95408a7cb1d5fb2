// p-test-tables - fork shares page tables with the child; who changes a page below one has a table
// of its own first
//
//    For the big machine. Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

enum {
    step
};

constexpr unsigned table_count = 8, last = PAGESIZE / 8 - 1, touched[] = {0, 1, last};
static uintptr_t base;                  // the first address below the first of those tables

// Page `n` of table `table`
static uint64_t* below(unsigned table, unsigned n) {
    return reinterpret_cast<uint64_t*>(base + table * LARGE_PAGESIZE + n * PAGESIZE);
}

static void touch_all() {
    base = round_up(uintptr_t(sbrk(0)), LARGE_PAGESIZE) + LARGE_PAGESIZE;
    expect("sys_sbrk", sbrk(intptr_t(base + table_count * LARGE_PAGESIZE) - sbrk(0)) > 0);
    for (unsigned t = 0; t < table_count; ++t) {
        for (unsigned n : touched) *below(t, n) = 1000 * t + n;
    }
}

static void expect_all() {
    for (unsigned t = 0; t < table_count; ++t) {
        for (unsigned n : touched) expect("the word written", 1000 * t + n, int64_t(*below(t, n)));
        expect("nothing where only the child has a page", -1, int64_t(mapping_of(below(t, 7)).pa));
    }
}

// How many free pages the last step took
static int64_t taken() {
    static uint64_t free;
    uint64_t before = free;
    free = memory_now().free;
    return int64_t(before - free);
}

// Every kind of change, each below a table that nobody has changed before
static void change_all() {
    taken();
    taken();                            // now the page with its variable is the process's own
    *below(0, 0) = 61;
    expect("a table and a page", 2, taken());
    *below(0, 1) = 62;
    expect("a page", 1, taken());
    expect("sys_mprotect", 0, sys_mprotect(below(1, 0), 2 * PAGESIZE, PROT_READ));
    expect("a table", 1, taken());
    expect("sys_page_free", 0, sys_page_free(below(2, 1)));
    expect("a table", 1, taken());
    expect("sys_page_alloc", 0, sys_page_alloc(below(3, 7)));
    expect("a table and a page", 2, taken());
    expect("sys_memory", 0, sys_memory(reinterpret_cast<memory_report*>(below(4, 1))));
    expect("a table and a page", 2, taken());
    expect("a page to read", 0, int64_t(*below(5, 7)));
    expect("a table", 1, taken());
    expect("sys_sbrk", sbrk(-LARGE_PAGESIZE - LARGE_PAGESIZE / 2) > 0);
    expect("a table", 1, taken());
    expect("the words written", *below(0, 0) == 61 && *below(0, 1) == 62);
    expect("the others", *below(0, last) == last && *below(1, 0) == 1000 && *below(6, 1) == 6001);
}

static void fork_and_change() {
    memory_report before = memory_now();
    expect("a child", 0, in_child([&] {
        memory_report after = memory_now();
        expect("fewer new pages than tables to share", before.free - after.free < table_count + 3);
        expect("as many tables", int64_t(before.tables), int64_t(after.tables));
        expect("shared pages", after.shared >= 3 * table_count);
        expect_all();
        change_all();
    }));
    expect_all();
}

// The parent's changes, too, are its own; when the child is gone, what was shared is used as it is.
static void change_in_parent() {
    shared_words[step] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        wait_for(step, 1);
        expect_all();
        sys_exit();
    }
    *below(0, 0) = 61;
    expect("sys_page_free", 0, sys_page_free(below(6, 1)));
    shared_words[step] = 1;
    expect("the child's status", 0, status_of(child));
    memory_report before = memory_now();
    *below(0, 0) = 0;
    *below(7, 0) = 7000;
    *below(6, 1) = 6001;
    memory_report after = memory_now();
    expect("a table used as it is", int64_t(before.faults[FAULT_TABLE] + 1),
           int64_t(after.faults[FAULT_TABLE]));
    expect("a page for the one given back", int64_t(before.free - 1), int64_t(after.free));
    expect_all();
}

// A chain whose middle goes first
static void lose_the_middle() {
    shared_words[step] = 0;
    expect("a child", 0, in_child([] {
        pid_t grandchild = sys_fork();
        expect("a grandchild", grandchild >= 0);
        if (grandchild > 0) return;
        wait_for(step, 1);
        expect_all();
        change_all();
        shared_words[step] = 2;
    }));
    shared_words[step] = 1;
    wait_for(step, 2);
    yield_often();
    expect_all();
}

// What is promised beyond any table can be taken back without one.
static void take_back_promises() {
    constexpr intptr_t gigabyte = 1 << 30;
    int64_t start = sbrk(0);
    memory_report before = memory_now();
    expect("sys_sbrk", start, sbrk(3 * gigabyte));
    expect("sys_sbrk", start + 3 * gigabyte, sbrk(-gigabyte - PAGESIZE));
    expect("the end of the heap", start + 2 * gigabyte - PAGESIZE, sbrk(PAGESIZE - 2 * gigabyte));
    memory_report after = memory_now();
    expect("free pages", int64_t(before.free), int64_t(after.free));
    expect("page tables", int64_t(before.tables), int64_t(after.tables));
}

void process_main() {
    take_back_promises();
    memory_report before = memory_now();
    int64_t start = sbrk(0);
    touch_all();
    fork_and_change();
    change_in_parent();
    lose_the_middle();
    expect("sys_sbrk", sbrk(start - sbrk(0)) > 0);
    memory_report after = memory_now();
    expect("free pages", int64_t(before.free), int64_t(after.free));
    expect("page tables", int64_t(before.tables), int64_t(after.tables));
    pass();
}
