// p-test-cow - a page that parent and child have since fork is copied when one of them writes to
// it, and only then
//
//    Outside: `ok` from pid 1; one fault, of the `try`. The three cases: a page that both have is
//    copied; one that the other has given up is written in place; one that was never to be written
//    faults.
#include "u-test.hh"

enum {
    step
};

const uint64_t constants[512] = {61};

// What a write to the page's first word did: which fault it came to, or `NFAULT_KINDS` if none, and
// where the page is.
static int kind_of_write(unsigned n, uint64_t value) {
    memory_report before = memory_now();
    *page(n) = value;
    memory_report after = memory_now();
    expect("the word written", int64_t(value), int64_t(*page(n)));
    for (int kind = 0; kind < NFAULT_KINDS; ++kind) {
        if (before.faults[kind] == after.faults[kind]) continue;
        expect("one fault", int64_t(before.faults[kind] + 1), int64_t(after.faults[kind]));
        expect("free pages taken", kind == FAULT_COPY, int64_t(before.free - after.free));
        return kind;
    }
    return NFAULT_KINDS;
}

static void expect_shared(unsigned n, uint64_t pa) {
    memory_mapping found = mapping_of(page(n));
    expect("the same page", int64_t(pa), int64_t(found.pa));
    expect("not to be written", 0, int64_t(found.perm & PTE_W));
}

// The child writes first: it gets a copy, and its parent keeps the page.
static void write_in_child(uint64_t pa) {
    expect("a child", 0, in_child([=] {
        expect_shared(0, pa);
        expect("the parent's word", 1, int64_t(*page(0)));
        expect("a copy", FAULT_COPY, kind_of_write(0, 2));
        expect("another page", mapping_of(page(0)).pa != pa);
        expect("the rest of it", 11, int64_t(page(0)[511]));
        expect("no second fault", NFAULT_KINDS, kind_of_write(0, 3));
    }));
    expect("the word as it was", 1, int64_t(*page(0)));
    expect_shared(0, pa);
    expect("no copy", FAULT_REUSE, kind_of_write(0, 4));
    expect("the same page", int64_t(pa), int64_t(mapping_of(page(0)).pa));
    expect("no second fault", NFAULT_KINDS, kind_of_write(0, 1));
}

// The parent writes first: it gets a copy, and the child then has the page alone.
static void write_in_parent(uint64_t pa) {
    shared_words[step] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        wait_for(step, 1);
        expect("the word as it was", 1, int64_t(*page(0)));
        expect_shared(0, pa);
        expect("no copy", FAULT_REUSE, kind_of_write(0, 5));
        shared_words[step] = 2;
        wait_for(step, 3);
        expect("the word written", 5, int64_t(*page(0)));
        sys_exit();
    }
    expect("a copy", FAULT_COPY, kind_of_write(0, 6));
    expect("another page", mapping_of(page(0)).pa != pa);
    shared_words[step] = 1;
    wait_for(step, 2);
    expect("the parent's word", 6, int64_t(*page(0)));
    shared_words[step] = 3;
    expect("the child's status", 0, status_of(child));
}

void process_main() {
    for (unsigned n = 0; n < 20; ++n) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
        page(n)[0] = 1;
        page(n)[511] = 11;
    }
    uint64_t free = memory_now().free;
    uint64_t pa = mapping_of(page(0)).pa, constants_pa = mapping_of(constants).pa;
    write_in_child(pa);
    write_in_parent(pa);
    expect("a child", 0, in_child([=] {
        expect("fewer pages than a copy would take", free - memory_now().free < 20);
        expect("the same constants", int64_t(constants_pa), int64_t(mapping_of(constants).pa));
        expect("their other owners", memory_now().shared >= 20);
    }));
    try_in_child(
        {"a write to constants: page fault", write_byte, reinterpret_cast<uintptr_t>(constants)});
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
