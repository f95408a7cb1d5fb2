// p-test-sbrk - sys_sbrk moves the end of the heap and returns the old one, or refuses and changes
// nothing
//
//    Outside: `ok` from pid 1; two page faults, of the `try`s.
#include "u-test.hh"

// Pages that this process has or may have
static uint64_t given() {
    memory_report report = memory_now();
    return report.resident + report.promised;
}

static void refuse(const char* what, int64_t error, intptr_t delta) {
    int64_t old_break = sbrk(0);
    memory_report before = memory_now();
    expect(what, error, sbrk(delta));
    memory_report after = memory_now();
    expect("the same break", old_break, sbrk(0));
    expect("as many free pages", int64_t(before.free), int64_t(after.free));
    expect("as many pages", int64_t(before.resident), int64_t(after.resident));
    expect("as many promises", int64_t(before.promised), int64_t(after.promised));
    expect("as many page tables", int64_t(before.tables), int64_t(after.tables));
}

static void refuse_bad_sizes() {
    int64_t room = MEMSIZE_VIRTUAL - sbrk(0), size = sbrk(0) - reinterpret_cast<intptr_t>(page(0));
    refuse("a heap to the end of the stack", E_NOMEM, room);
    refuse("a heap to the stack's pages", E_NOMEM, room - PAGESIZE + 1);
    refuse("a heap to the stack's guard", E_NOMEM, room - 2 * PAGESIZE + 1);
    refuse("a heap behind the stack", E_INVAL, room + 1);
    refuse("a heap that ends at 1 GiB", E_INVAL, 0x4000'0000 - sbrk(0));
    refuse("a heap that ends at the last address", E_INVAL, -1 - sbrk(0));
    refuse("a heap past the last address", E_INVAL, -sbrk(0));
    refuse("the greatest heap", E_INVAL, INTPTR_MAX);
    refuse("the least heap", E_INVAL, INTPTR_MIN);
    refuse("a negative heap", E_INVAL, -size - 1);
    refuse("a heap from 0", E_INVAL, -sbrk(0) + 1);
}

// Grow and shrink by bytes, with a look at what is there.
static void move_by_bytes() {
    auto start = reinterpret_cast<int64_t>(page(0));
    uint64_t before = given();
    expect("the heap's start", start, sbrk(0));
    expect("the break before", start, sbrk(1));
    expect("one page", int64_t(before + 1), int64_t(given()));
    expect("the break before", start + 1, sbrk(PAGESIZE));
    expect("two pages", int64_t(before + 2), int64_t(given()));
    expect("the break before", start + PAGESIZE + 1, sbrk(PAGESIZE - 1));
    expect("two pages", int64_t(before + 2), int64_t(given()));
    *page(0) = *page(1) = 61;
    expect("the break before", start + 2 * PAGESIZE, sbrk(-PAGESIZE));
    expect("one page", int64_t(before + 1), int64_t(given()));
    expect("the word written", 61, int64_t(*page(0)));
    try_in_child({"a write behind the heap", write_byte, uintptr_t(start) + PAGESIZE});
    expect("the break before", start + PAGESIZE, sbrk(PAGESIZE));
    expect("a new page's word", 0, int64_t(*page(1)));
    refuse_bad_sizes();
    expect("the break before", start + 2 * PAGESIZE, sbrk(-2 * PAGESIZE));
    expect("no page", int64_t(before), int64_t(given()));
    try_in_child({"a read where the heap was", read_byte, uintptr_t(start)});
}

// A heap over pages that are there already leaves them as they are; it takes them along when it
// shrinks.
static void grow_over_pages() {
    uint64_t before = given();
    expect("sys_page_alloc", 0, sys_page_alloc(page(3)));
    *page(3) = 61;
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(5 * PAGESIZE));
    expect("five pages", int64_t(before + 5), int64_t(given()));
    expect("the word written", 61, int64_t(*page(3)));
    expect("a new page's word", 0, int64_t(*page(2)));
    expect("sys_page_alloc in the heap", 0, sys_page_alloc(page(2)));
    expect("sys_page_alloc in the heap", 0, sys_page_alloc(page(4)));
    *page(4) = 62;
    expect("five pages", int64_t(before + 5), int64_t(given()));
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(5)), sbrk(-5 * PAGESIZE));
    expect("no page", int64_t(before), int64_t(given()));
    expect("nothing where a page was", -1, int64_t(mapping_of(page(3)).pa));
}

// What the heap had and gave back is zeros when it has it again, in the page where it ends too.
static void grow_again_by_bytes() {
    auto bytes = reinterpret_cast<volatile uint8_t*>(page(0));
    sbrk(200);
    for (int i = 0; i < 200; ++i) bytes[i] = 61;
    sbrk(-100);
    expect("a child's copy", 0, in_child([bytes] {
        sbrk(50);
        expect("the byte behind the end", 0, bytes[100]);
    }));
    expect("the parent's byte behind its end", 61, bytes[100]);
    sbrk(50);
    expect("the last byte kept", 61, bytes[99]);
    expect("the first new byte", 0, bytes[100]);
    expect("the last new byte", 0, bytes[149]);
    expect("a byte behind the end", 61, bytes[150]);
    sbrk(PAGESIZE);
    expect("a byte of the page's rest", 0, bytes[150]);
    sbrk(-PAGESIZE - 150);
    expect("the break", reinterpret_cast<int64_t>(bytes), sbrk(0));
}

void process_main() {
    uint64_t free = memory_now().free;
    refuse_bad_sizes();
    move_by_bytes();
    grow_over_pages();
    grow_again_by_bytes();
    expect("a child's heap", 0, in_child([] {
        expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(3 * PAGESIZE));
        *page(2) = 61;
    }));
    expect("the parent's break", reinterpret_cast<int64_t>(page(0)), sbrk(0));
    expect("as many free pages as before", int64_t(free), int64_t(memory_now().free));
    pass();
}
