// p-test-mprotect - sys_mprotect allows exactly what it is asked to, for promised and for shared
// memory too
//
//    Outside: `ok` from pid 1; one page fault for each of the 28 + 5 `try`s. From each of four
//    protections to each: of the twelve accesses then possible, seven fault.
#include "u-test.hh"

constexpr unsigned char return_instruction = 0xC3;
constexpr int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC};

alignas(PAGESIZE) const uint64_t constants[PAGESIZE / 8] = {61};

static uintptr_t address_of(unsigned n) {
    return reinterpret_cast<uintptr_t>(page(n));
}

static void protect(unsigned n, int prot) {
    expect("sys_mprotect", 0, sys_mprotect(page(n), PAGESIZE, prot));
}

// Do what `prot` allows, so that the CPU remembers it.
static void use(unsigned n, int prot) {
    if (prot & PROT_READ) read_byte(address_of(n));
    if (prot & PROT_WRITE) write_byte(address_of(n) + 1);
    if (prot & PROT_EXEC) call_byte(address_of(n));
}

static void try_access(unsigned n, int from, int to, int access, void (*run)(uintptr_t),
                       const char* name) {
    int status = in_child([=] {
        protect(n, from);
        use(n, from);
        protect(n, to);
        use(n, to);
        if (!(to & access)) log_printf("try %s, from %d to %d: page fault", name, from, to);
        run(address_of(n));
    });
    expect(name, to & access ? 0 : STATUS_FAULTED, status);
}

static void try_all() {
    for (int from : protections) {
        for (int to : protections) {
            try_access(0, from, to, PROT_READ, read_byte, "a read");
            try_access(0, from, to, PROT_WRITE, [](uintptr_t address) { write_byte(address + 1); },
                       "a write");
            try_access(0, from, to, PROT_EXEC, call_byte, "to run");
        }
    }
}

static void refuse(const char* what, int64_t error, uintptr_t address, size_t size, int prot) {
    memory_mapping before = mapping_of(page(0));
    expect(what, error, sys_mprotect(reinterpret_cast<void*>(address), size, prot));
    memory_mapping after = mapping_of(page(0));
    expect("the same mapping", before.pa == after.pa && before.perm == after.perm);
}

static void refuse_nonsense() {
    uintptr_t start = address_of(0);
    refuse("an address within a page", E_INVAL, start + 8, PAGESIZE, PROT_READ);
    refuse("to write and to execute", E_INVAL, start, PAGESIZE, PROT_WRITE | PROT_EXEC);
    refuse("all three", E_INVAL, start, PAGESIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
    refuse("an unknown protection", E_INVAL, start, PAGESIZE, 8);
    refuse("a negative protection", E_INVAL, start, PAGESIZE, -1);
    refuse("the kernel's memory", E_INVAL, KERNEL_START_ADDR, PAGESIZE, PROT_READ);
    refuse("the screen", E_INVAL, CONSOLE_ADDR, PAGESIZE, PROT_READ);
    refuse("from page 0 on", E_INVAL, 0, MEMSIZE_VIRTUAL, PROT_READ);
    refuse("a page behind its range", E_INVAL, MEMSIZE_VIRTUAL, PAGESIZE, PROT_READ);
    refuse("beyond its range", E_INVAL, start, MEMSIZE_VIRTUAL - start + 1, PROT_READ);
    refuse("a size past the last address", E_INVAL, start, -start, PROT_READ);
    refuse("the greatest size", E_INVAL, start, SIZE_MAX, PROT_READ);
    refuse("not canonical", E_INVAL, VA_LOWEND, PAGESIZE, PROT_READ);
    refuse("pages up to a hole", E_NOMEM, start, 40 * PAGESIZE, PROT_READ);
    refuse("a hole", E_NOMEM, start + 39 * PAGESIZE, PAGESIZE, PROT_READ);
    expect("no bytes", 0, sys_mprotect(page(0), 0, PROT_NONE));
    expect("a page to write to", (mapping_of(page(0)).perm & PTE_W) != 0);
}

// Sizes are rounded up to pages.
static void protect_by_bytes() {
    for (unsigned n = 0; n < 3; ++n) page(n)[1] = 0;            // no longer shared with a child of
                                                                // before
    expect("sys_mprotect", 0, sys_mprotect(page(0), PAGESIZE + 1, PROT_READ));
    expect("protected pages",
           !(mapping_of(page(0)).perm & PTE_W) && !(mapping_of(page(1)).perm & PTE_W));
    expect("a page behind them", (mapping_of(page(2)).perm & PTE_W) != 0);
    expect("sys_mprotect", 0, sys_mprotect(page(0), 2 * PAGESIZE, PROT_READ | PROT_WRITE));
}

// No access for the process is none for its calls; what was there is there again afterwards, for a
// child too.
static void take_away_and_give_back() {
    page(1)[1] = 61;
    protect(1, PROT_NONE);
    expect("sys_log of a page without access", E_FAULT, sys_log(reinterpret_cast<char*>(page(1))));
    try_in_child({"a read of a page its parent cannot read: page fault", read_byte, address_of(1)});
    expect("a child", 0, in_child([] {
        protect(1, PROT_READ | PROT_WRITE);
        expect("the word written", 61, int64_t(page(1)[1]));
        page(1)[1] = 62;
    }));
    protect(1, PROT_READ);
    expect("the word written", 61, int64_t(page(1)[1]));
    expect("sys_memory in a page to read", E_FAULT,
           sys_memory(reinterpret_cast<memory_report*>(page(1))));
    protect(1, PROT_READ | PROT_WRITE);
    page(1)[1] = 63;
}

// To be allowed to write to a page that others have, too, is to get a copy.
static void write_to_shared() {
    page(2)[1] = 61;
    expect("a child", 0, in_child([] {
        protect(2, PROT_READ);
        protect(2, PROT_READ | PROT_WRITE);
        page(2)[1] = 62;
        expect("sys_mprotect of constants", 0,
               sys_mprotect(const_cast<uint64_t*>(constants), PAGESIZE, PROT_WRITE));
        const_cast<volatile uint64_t&>(constants[0]) = 63;
    }));
    expect("the word written", 61, int64_t(page(2)[1]));
    expect("a constant", 61,
           const_cast<const volatile int64_t&>(reinterpret_cast<const int64_t&>(constants[0])));
    protect(2, PROT_READ);
    try_in_child({"a write to a shared page to read: page fault", write_byte, address_of(2)});
    protect(2, PROT_READ | PROT_WRITE);
}

// A promise can be changed before it is kept: pages 60 and on are a heap without pages.
static void change_promises() {
    protect(60, PROT_READ);
    protect(61, PROT_NONE);
    expect("a promised page's word", 0, int64_t(page(60)[0]));
    try_in_child({"a write to a promise to read: page fault", write_byte, address_of(60)});
    try_in_child({"a read of a promise of nothing: page fault", read_byte, address_of(61)});
    for (unsigned n = 60; n < 62; ++n) {
        protect(n, PROT_READ | PROT_WRITE);
        page(n)[0] = n;
    }
    for (unsigned n = 62; n < 120; n += 2) {                    // as many regions as there may be
        int result = sys_mprotect(page(n), PAGESIZE, PROT_READ);
        if (result == 0) continue;
        expect("too many promises", E_NOMEM, result);
        page(n)[0] = n;
        break;
    }
}

void process_main() {
    for (unsigned n = 0; n < 4; ++n) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
        *reinterpret_cast<unsigned char*>(page(n)) = return_instruction;
    }
    refuse_nonsense();
    try_all();
    protect_by_bytes();
    take_away_and_give_back();
    write_to_shared();
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(120 * PAGESIZE));
    change_promises();
    expect("sys_mprotect of the stack", 0,
           sys_mprotect(reinterpret_cast<void*>(MEMSIZE_VIRTUAL - PAGESIZE), PAGESIZE,
                        PROT_READ | PROT_WRITE));
    try_in_child({"to run the stack: page fault", call_byte, MEMSIZE_VIRTUAL - 8});
    pass();
}
