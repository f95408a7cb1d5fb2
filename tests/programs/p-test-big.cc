// p-test-big - the big machine: addresses up to 2^47, a sparse heap of 1 GiB, and all the memory
// there is
//
//    Outside: `ok` from pid 1; one stack overflow, of the `try`; `highest page 0x...`, the physical
//    address.
#include "u-test.hh"

constexpr uintptr_t user_end = BIG_MEMSIZE_VIRTUAL, mebibyte = 0x100000;
constexpr unsigned gibibyte = 1024;     // in MiB

static int64_t* at(uintptr_t address) {
    return reinterpret_cast<int64_t*>(address);
}

static void expect_memory(const memory_report& before) {
    memory_report after = memory_now();
    expect("free pages", int64_t(before.free), int64_t(after.free));
    expect("pages", int64_t(before.resident), int64_t(after.resident));
    expect("page tables", int64_t(before.tables), int64_t(after.tables));
}

// Single pages far apart: each brings its tables, which go with it.
static void use_any_address() {
    constexpr uintptr_t places[] = {0x4000'0000, 0x1'0010'0000, 0x80'0000'0000,
                                    0x1234'5678'9000, 0x7FFF'0000'0000, user_end - 0x1000'0000};
    memory_report before = memory_now();
    for (uintptr_t place : places) {
        expect("sys_page_alloc", 0, sys_page_alloc(at(place)));
        expect("a new page's word", 0, *at(place));
        *at(place) = int64_t(place);
    }
    memory_report after = memory_now();
    expect("pages", int64_t(before.resident + arraysize(places)), int64_t(after.resident));
    uint64_t tables = after.tables - before.tables;
    expect("free pages", int64_t(before.free - arraysize(places) - tables), int64_t(after.free));
    expect("a table for each page at least", tables >= arraysize(places));
    expect("a child", 0, in_child([&] {
        for (uintptr_t place : places) {
            expect("the word written", int64_t(place), *at(place));
            *at(place) = 0;
        }
    }));
    for (uintptr_t place : places) {
        expect("the word written", int64_t(place), *at(place));
        expect("sys_page_free", 0, sys_page_free(at(place)));
    }
    expect_memory(before);
    constexpr uintptr_t bad[] = {user_end, user_end + PAGESIZE, VA_HIGHMIN,
                                 UINTPTR_MAX - PAGESIZE + 1};
    for (uintptr_t address : bad) {
        expect("an address that is no process's", E_INVAL, sys_page_alloc(at(address)));
    }
}

// One page a MiB of a heap of 1 GiB, and a fork of it.
static void use_sparse_heap() {
    memory_report before = memory_now();
    int64_t start = sbrk(0);
    expect("sys_sbrk", start, sbrk(gibibyte * mebibyte));
    auto word = [=](unsigned n) { return at(uintptr_t(start) + n * mebibyte); };
    expect("no memory", int64_t(before.free), int64_t(memory_now().free));
    for (unsigned n = 0; n < gibibyte; ++n) *word(n) = n;
    memory_report full = memory_now();
    expect("one page a MiB", int64_t(before.resident + gibibyte), int64_t(full.resident));
    expect("one table for two", full.tables - before.tables <= gibibyte / 2 + 2);
    expect("a child", 0, in_child([&] {
        expect("little memory for a child", full.free - memory_now().free < 30);
        for (unsigned n = 0; n < gibibyte; ++n) expect("the word written", n, *word(n));
        for (unsigned n = 0; n < gibibyte; n += 100) *word(n) = 61;
        expect("sys_sbrk", start + int64_t(gibibyte * mebibyte), sbrk(-400 * int64_t(mebibyte)));
        for (unsigned n = 0; n < 600; ++n) expect("the word written", n % 100 ? n : 61, *word(n));
    }));
    for (unsigned n = 0; n < gibibyte; ++n) expect("the word written", n, *word(n));
    expect("sys_sbrk", start + int64_t(gibibyte * mebibyte), sbrk(-int64_t(gibibyte * mebibyte)));
    expect_memory(before);
    expect("a heap to the end", E_NOMEM, sbrk(intptr_t(user_end) - sbrk(0)));
    expect("a heap behind the end", E_INVAL, sbrk(intptr_t(user_end) - sbrk(0) + 1));
}

static void use_deep_stack() {
    expect("a child with 8 MiB of stack", 0, in_child([] {
        for (uintptr_t place = user_end - 8; place >= user_end - 8 * mebibyte; place -= PAGESIZE) {
            *at(place) += 1;
        }
        expect("pages of stack", memory_now().resident >= 8 * mebibyte / PAGESIZE);
    }));
    try_in_child({"a write to the guard: stack overflow", write_byte, user_end - 8 * mebibyte - 1});
}

// All of memory, each page with a word of its own
static void use_all_memory() {
    memory_report before = memory_now();
    expect("more than a weensy machine", before.total > 10'000);
    expect("a child", 0, in_child([&] {
        uint64_t n = 0, highest = 0;
        for (; sys_page_alloc(page(n)) >= 0; ++n) {
            *page(n) = n + 1;
            highest = max(highest, mapping_of(page(n)).pa);
        }
        expect("nearly all pages", n > before.free - before.free / 100);
        for (uint64_t i = 0; i < n; ++i) {
            expect("the word written", int64_t(i + 1), int64_t(*page(i)));
        }
        log_printf("highest page 0x%lx", highest);
    }));
    expect_memory(before);
}

void process_main() {
    use_any_address();
    use_sparse_heap();
    use_deep_stack();
    use_all_memory();
    pass();
}
