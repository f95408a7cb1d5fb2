// p-tables - page tables cost what is used, however far apart it lies
//
//    For the big machine.
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr uintptr_t kibi = 1024, mebi = 1024 * kibi, gibi = 1024 * mebi, tebi = 1024 * gibi;
constexpr uintptr_t base = tebi;

// Say how many page-table pages there are more than `before`.
static uint64_t compare_tables(const char* what, int64_t expected, uint64_t before) {
    uint64_t now = memory_now().tables;
    compare(what, expected, int64_t(now - before));
    return now;
}

static void add_pages(uintptr_t from, int count) {
    for (int n = 0; n < count; ++n) sys_page_alloc(reinterpret_cast<void*>(from + n * PAGESIZE));
}

static void free_pages(uintptr_t from, int count) {
    for (int n = 0; n < count; ++n) sys_page_free(reinterpret_cast<void*>(from + n * PAGESIZE));
}

static void show_costs() {
    uint64_t start = memory_now().tables;
    say("One page-table page at the top; below, 3 for the program and 3 for the stack.");
    compare("page-table pages", 7, int64_t(start));
    add_pages(base, 1);
    uint64_t tables = compare_tables("one page at 1 TiB: page tables more", 3, start);
    add_pages(base + PAGESIZE, NPAGETABLEENTRIES - 1);
    tables = compare_tables("511 pages beside it: page tables more", 0, tables);
    add_pages(base + 2 * mebi, 1);
    tables = compare_tables("one page 2 MiB further on: page tables more", 1, tables);
    add_pages(base + gibi, 1);
    tables = compare_tables("one page 1 GiB further on: page tables more", 2, tables);
    add_pages(base + tebi, 1);
    compare_tables("one page 1 TiB further on: page tables more", 3, tables);
    free_pages(base + tebi, 1);
    free_pages(base + gibi, 1);
    free_pages(base + 2 * mebi, 1);
    free_pages(base, NPAGETABLEENTRIES);
    compare_tables("all that given back: page tables more than at the start", 0, start);
}

static void show_full_space() {
    constexpr uint64_t pages = uint64_t(1) << 35;
    uint64_t tables = 1;
    for (uint64_t n = pages / NPAGETABLEENTRIES, level = 0; level < 3;
         n /= NPAGETABLEENTRIES, ++level) {
        tables += n;
    }
    say("All 2^35 pages would need %lu page tables, 256 GiB: 1 in 512.", tables);
}

static void show_sparse_heap() {
    constexpr uintptr_t step = 8 * tebi;
    constexpr int count = 8;
    auto heap = static_cast<volatile char*>(static_cast<void*>(sys_sbrk(count * step + PAGESIZE)));
    memory_report before = memory_now();
    say("A heap of 64 TiB; then one page of it is written every 8 TiB.");
    for (int n = 1; n <= count; ++n) heap[n * step] = 1;
    memory_report after = memory_now();
    compare("pages", count, int64_t(after.resident - before.resident));
    compare("page tables", 3 * count, int64_t(after.tables - before.tables));
}

void process_main() {
    if (memory_now().total <= PAGENUMBER(MEMSIZE_PHYSICAL)) {
        say("This is for the big machine: make run-tables MEMORY=256M");
        return;
    }
    show_costs();
    show_full_space();
    show_sparse_heap();
}
