// p-test-zeropage - promised pages that are only read are one and the same page of zeros, until
// they are written
//
//    Outside: `ok` from pid 1; one page fault (execute), of the `try`.
#include "u-test.hh"

static void expect_zeros(unsigned n) {
    auto words = static_cast<volatile uint64_t*>(page(n));
    for (unsigned i = 0; i < PAGESIZE / 8; ++i) expect("a word of zeros", 0, int64_t(words[i]));
}

static void expect_faults(const memory_report& before, unsigned zero, unsigned heap) {
    memory_report after = memory_now();
    expect("first reads", zero, int64_t(after.faults[FAULT_ZERO] - before.faults[FAULT_ZERO]));
    expect("first writes", heap, int64_t(after.faults[FAULT_HEAP] - before.faults[FAULT_HEAP]));
    expect("free pages taken", heap, int64_t(before.free - after.free));
    expect("new pages", heap, int64_t(after.resident - before.resident));
}

static void expect_zero_page(unsigned n, uint64_t zero_pa) {
    memory_mapping found = mapping_of(page(n));
    expect("the page of zeros", int64_t(zero_pa), int64_t(found.pa));
    expect("read permission alone", int64_t(PTE_P | PTE_U | PTE_XD),
           int64_t(found.perm & (PTE_P | PTE_W | PTE_U | PTE_XD)));
}

void process_main() {
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(6 * PAGESIZE));
    memory_report before = memory_now();
    expect_zeros(0);
    expect_zeros(2);
    expect_faults(before, 2, 0);
    uint64_t zero_pa = mapping_of(page(0)).pa;
    expect_zero_page(0, zero_pa);
    expect_zero_page(2, zero_pa);
    expect("sys_log of a promised page", 0, sys_log(reinterpret_cast<char*>(page(3))));
    expect_zero_page(3, zero_pa);           // so the kernel, too, finds it; that is no fault of the
                                            // process
    expect("promises", int64_t(before.promised - 3), int64_t(memory_now().promised));

    page(0)[511] = 61;
    expect("a page of its own", mapping_of(page(0)).pa != zero_pa);
    expect("a page to write to", (mapping_of(page(0)).perm & PTE_W) != 0);
    expect("the first word", 0, int64_t(page(0)[0]));
    expect_zero_page(2, zero_pa);
    expect_zeros(2);
    expect_faults(before, 2, 1);

    expect("a child that reads and writes", 0, in_child([=] {
        expect_zero_page(2, zero_pa);
        expect_zeros(4);
        expect_zero_page(4, zero_pa);
        page(2)[1] = 62;
        expect("a page of its own", mapping_of(page(2)).pa != zero_pa);
        expect_zeros(3);
    }));
    expect_zero_page(2, zero_pa);
    expect_zeros(2);
    expect_faults(before, 2, 1);
    try_in_child({"to run zeros: page fault", call_byte, reinterpret_cast<uintptr_t>(page(2))});

    expect("sys_page_free", 0, sys_page_free(page(2)));
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(6)), sbrk(-6 * PAGESIZE));
    expect("free pages", int64_t(before.free), int64_t(memory_now().free));
    pass();
}
