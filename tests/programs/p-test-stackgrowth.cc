// p-test-stackgrowth - the stack grows by being touched, up to its limit; below that lies a guard
//
//    Outside: `ok` from pid 1; a fault for each of the five `try`s.
#include "u-test.hh"

constexpr uintptr_t limit = MEMSIZE_VIRTUAL - 16 * PAGESIZE, guard = limit - PAGESIZE;

static volatile uint64_t& word_at(uintptr_t address) {
    return *reinterpret_cast<volatile uint64_t*>(address);
}

// Call itself until less than `room` bytes are left above the limit. Returns how often.
[[gnu::noinline]] static unsigned recurse(uintptr_t room) {
    char frame[100];
    clobber_memory(frame);
    unsigned below = rdrsp() - limit < room ? 0 : recurse(room);
    clobber_memory(frame);              // so it must be there until now
    return below + 1;
}

static void expect_pages(unsigned pages) {
    memory_report report = memory_now();
    expect("promises", 16 - pages, int64_t(report.promised));
    expect("faults on the stack", pages - 1, int64_t(report.faults[FAULT_STACK]));
}

static void grow() {
    expect_pages(1);
    word_at(limit) = 61;
    expect_pages(2);
    expect("nothing in between", -1,
           int64_t(mapping_of(reinterpret_cast<void*>(limit + PAGESIZE)).pa));
    expect("deep recursion", recurse(500) > 100);
    expect_pages(16);
    expect("the word written", 61, int64_t(word_at(limit)));
}

// The kernel, too, finds memory on the stack that nobody has touched, but none in the guard.
static void call_with_buffers() {
    expect("sys_memory", 0, sys_memory(reinterpret_cast<memory_report*>(limit + PAGESIZE - 8)));
    expect("promises", 13, int64_t(memory_now().promised));
    expect("sys_memory in the guard", E_FAULT,
           sys_memory(reinterpret_cast<memory_report*>(limit - 8)));
    expect("sys_log of the guard", E_FAULT, sys_log(reinterpret_cast<char*>(guard)));
    expect("sys_log across the limit", E_FAULT, sys_log(reinterpret_cast<char*>(limit - 1)));
}

// A page put there by hand overrides the promise,
static void place_page() {
    uintptr_t address = limit + 3 * PAGESIZE;
    expect("sys_page_alloc on the stack", 0, sys_page_alloc(reinterpret_cast<void*>(address)));
    expect("promises", 14, int64_t(memory_now().promised));
    word_at(address) = 63;
    expect("faults on the stack", 0, int64_t(memory_now().faults[FAULT_STACK]));
    expect("sys_page_free", 0, sys_page_free(reinterpret_cast<void*>(address)));
    expect("zeros again", 0, int64_t(word_at(address)));
}

// and the guard.
static void place_guard() {
    expect("sys_page_alloc in the guard", 0, sys_page_alloc(reinterpret_cast<void*>(guard)));
    word_at(guard) = 62;
    expect("sys_log of the guard", 0, sys_log(reinterpret_cast<char*>(guard)));
    expect("the word written", 62, int64_t(word_at(guard)));
}

void process_main() {
    expect("a child whose stack grows", 0, in_child(grow));
    expect("a child that calls", 0, in_child(call_with_buffers));
    expect_pages(1);
    try_in_child({"a write to the guard: stack overflow", write_byte, guard + PAGESIZE - 1});
    try_in_child({"a read of the guard: stack overflow", read_byte, guard});
    try_in_child({"a write below the guard: page fault", write_byte, guard - 1});
    try_in_child({"endless recursion: stack overflow", [](uintptr_t) { recurse(0); }});
    expect("a child with a page on its stack", 0, in_child(place_page));
    expect("a child with a page in the guard", 0, in_child(place_guard));
    place_guard();
    try_in_child({"a write below a guard with a page: page fault", write_byte, guard - 1});
    expect("sys_page_free", 0, sys_page_free(reinterpret_cast<void*>(guard)));
    expect("sys_log of the guard", E_FAULT, sys_log(reinterpret_cast<char*>(guard)));
    pass();
}
