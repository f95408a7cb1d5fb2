// p-test-mapping - sys_mapping and sys_memory say what memory a process has; sys_page_free gives a
// page back
//
//    Outside: `ok` from pid 1; one page fault for each of the two `try`s.
#include "u-test.hh"

uint64_t data[PAGESIZE / 8] = {61};
const uint64_t constants[PAGESIZE / 8] = {62};

static void expect_permissions(const char* what, const volatile void* address, uint64_t perm) {
    memory_mapping found = mapping_of(address);
    expect(what, int64_t(perm | PTE_P | PTE_U),
           int64_t(found.perm & (PTE_P | PTE_W | PTE_U | PTE_XD)));
    expect("memory", found.pa != 0 && found.pa % PAGESIZE == 0 && found.pa < MEMSIZE_PHYSICAL);
}

static void see_permissions() {
    data[0] = 61;
    expect_permissions("text", reinterpret_cast<void*>(see_permissions), 0);
    expect_permissions("constants", constants, PTE_XD);
    expect_permissions("data", data, PTE_W | PTE_XD);
    expect_permissions("the stack", reinterpret_cast<void*>(MEMSIZE_VIRTUAL - 1), PTE_W | PTE_XD);
    expect_permissions("the last page of text", reinterpret_cast<void*>(PROC_START_ADDR), 0);
    memory_mapping nothing = mapping_of(page(0));
    expect("nothing", nothing.pa == UINT64_MAX && nothing.perm == 0);
}

static void refuse_nonsense() {
    constexpr uintptr_t bad[] = {
        0, KERNEL_START_ADDR, CONSOLE_ADDR, PROC_START_ADDR - 1, MEMSIZE_VIRTUAL,
        0x4000'0000, VA_LOWEND - 1, VA_LOWEND, VA_HIGHMIN, UINTPTR_MAX};
    for (uintptr_t address : bad) {
        memory_mapping found = {61, 62};
        expect("a bad address", E_INVAL, sys_mapping(reinterpret_cast<void*>(address), &found));
        expect("the answer as it was", found.pa == 61 && found.perm == 62);
        expect("a bad address to free", E_INVAL, sys_page_free(reinterpret_cast<void*>(address)));
    }
    expect("an address within a page to free", E_INVAL, sys_page_free(&data[1]));
    expect("nothing to free", E_INVAL, sys_page_free(page(0)));
}

// Each page taken and given back shows in the counts, and in no others.
static void count_pages() {
    memory_report before = memory_now();
    for (unsigned n = 0; n < 10; ++n) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
        page(n)[0] = 1;
        memory_report after = memory_now();
        expect("pages", int64_t(before.resident + n + 1), int64_t(after.resident));
        expect("free pages", int64_t(before.free - n - 1), int64_t(after.free));
        expect("all pages", int64_t(before.total), int64_t(after.total));
        expect("promises", int64_t(before.promised), int64_t(after.promised));
        expect("page tables", int64_t(before.tables), int64_t(after.tables));
        expect("shared pages", int64_t(before.shared), int64_t(after.shared));
    }
    expect("a child", 0, in_child([] {
        expect("sys_page_free", 0, sys_page_free(page(3)));
        expect("nothing there", -1, int64_t(mapping_of(page(3)).pa));
        expect("sys_page_free again", E_INVAL, sys_page_free(page(3)));
    }));
    try_in_child({"a read of a page given back: page fault", [](uintptr_t address) {
        expect("sys_page_free", 0, sys_page_free(page(4)));
        read_byte(address);
    }, reinterpret_cast<uintptr_t>(page(4))});
    for (unsigned n = 0; n < 10; ++n) {
        expect("the word written", 1, int64_t(page(n)[0]));
        expect("sys_page_free", 0, sys_page_free(page(n)));
    }
    memory_report after = memory_now();
    expect("pages", int64_t(before.resident), int64_t(after.resident));
    expect("free pages", int64_t(before.free), int64_t(after.free));
    expect("fewer free pages than all", after.free < after.total);
}

// A page given back in the middle of a heap is promised again.
static void free_heap_page() {
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(3 * PAGESIZE));
    for (unsigned n = 0; n < 3; ++n) page(n)[0] = 1;
    expect("sys_page_free", 0, sys_page_free(page(1)));
    expect("nothing there", -1, int64_t(mapping_of(page(1)).pa));
    expect("its neighbours", page(0)[0] == 1 && page(2)[0] == 1);
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(3)), sbrk(-3 * PAGESIZE));
}

void process_main() {
    see_permissions();
    refuse_nonsense();
    count_pages();
    free_heap_page();
    try_in_child({"to go on without text: page fault", [](uintptr_t text) {
        sys_page_free(reinterpret_cast<void*>(text));
    }, round_down(reinterpret_cast<uintptr_t>(process_main), PAGESIZE)});
    pass();
}
