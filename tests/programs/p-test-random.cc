// p-test-random - whatever seven related processes do with their memory, in any order, each finds
// what it expects
//
//    Outside: `ok` from pid 1; no fault. Each process keeps its own account of 24 pages far apart,
//    does things at random, and looks at what it may read and write, and what is there.
#include "u-test.hh"

constexpr unsigned page_count = 24, steps = 400;

// What this process expects of a page: present or promised, each with its permissions (`PROT_*`),
// or neither
struct account {
    bool is_present, is_promised;
    int page_protection, promise_protection;
    uint64_t value;

    int protection() const {
        return is_present ? page_protection : (is_promised ? promise_protection : PROT_NONE);
    }
};
static account accounts[page_count];
static unsigned heap_pages;             // of those, at the start, how many the heap has
static uintptr_t start, distance;
static bool is_eager;                   // the kernel brings a heap's pages at once, and promises
                                        // nothing
static unsigned forks_left = 2, depth = 2;

static uint64_t* address_of(unsigned n) {
    return reinterpret_cast<uint64_t*>(start + n * distance);
}

// Expect a call to succeed. False if there was no memory for it; then nothing has changed.
static bool succeeds(const char* what, int64_t result) {
    if (result == E_NOMEM) return false;
    expect(what, result >= 0);
    return true;
}

static void check(unsigned n) {
    account& a = accounts[n];
    auto text = reinterpret_cast<const char*>(address_of(n));
    int64_t readable = sys_exec(text),
            writable = sys_mapping(address_of(n), reinterpret_cast<memory_mapping*>(1));
    expect("a program of no name", readable == (a.protection() & PROT_READ ? E_NOENT : E_FAULT));
    expect("no answer", E_FAULT, writable);
    if (a.protection() & PROT_READ) expect("the value", int64_t(a.value), int64_t(*address_of(n)));
    bool is_present = mapping_of(address_of(n)).perm != 0;
    expect("a page only where one was put or promised",
           !is_present || a.is_present || a.is_promised);
    if (!is_present || a.is_present) return;
    a.is_present = true;                // by this look
    a.page_protection = a.promise_protection;
}

static void write(unsigned n) {
    account& a = accounts[n];
    if (!(a.protection() & PROT_WRITE)) {
        auto answer = reinterpret_cast<memory_mapping*>(address_of(n));
        return expect("no place for an answer", E_FAULT, sys_mapping(answer, answer));
    }
    if (!a.is_present) a.page_protection = a.promise_protection;
    a.is_present = true;
    a.value = uint64_t(rand(1, 1'000'000)) << 8 | uint64_t(sys_getpid());
    *address_of(n) = a.value;
}

static void put_page(unsigned n) {
    if (!succeeds("sys_page_alloc", sys_page_alloc(address_of(n)))) return;
    accounts[n].is_present = true;
    accounts[n].page_protection = PROT_READ | PROT_WRITE;
    accounts[n].value = 0;
}

static void take_page(unsigned n) {
    int result = sys_page_free(address_of(n));
    if (!accounts[n].is_present) return expect("sys_page_free of nothing", E_INVAL, result);
    if (!succeeds("sys_page_free", result)) return;
    accounts[n].is_present = false;
    accounts[n].value = 0;
}

static void protect(unsigned n) {
    static constexpr int choices[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
                                      PROT_READ | PROT_EXEC};
    account& a = accounts[n];
    int choice = choices[rand(0, 3)], result = sys_mprotect(address_of(n), PAGESIZE, choice);
    if (!a.is_present && !a.is_promised) return expect("sys_mprotect of nothing", E_NOMEM, result);
    if (!succeeds("sys_mprotect", result)) return;
    a.page_protection = a.promise_protection = choice;
}

static void move_break(unsigned pages) {
    if (!succeeds("sys_sbrk", sbrk(intptr_t(pages * distance) - intptr_t(heap_pages * distance)))) {
        return;
    }
    for (unsigned n = 0; n < page_count; ++n) {
        account& a = accounts[n];
        if (n >= heap_pages && n < pages) {
            if (is_eager && !a.is_present) a.page_protection = PROT_READ | PROT_WRITE;
            a.is_present |= is_eager;
            a.is_promised = !is_eager;
            a.promise_protection = PROT_READ | PROT_WRITE;
        } else if (n >= pages && n < heap_pages) {
            a = {};
        }
    }
    heap_pages = pages;
}

[[noreturn]] static void live();

static void fork() {
    if (forks_left == 0 || depth == 0) return;
    pid_t child = sys_fork();
    if (!succeeds("sys_fork", child)) return;
    --forks_left;
    if (child > 0) return;
    forks_left = 2;
    --depth;
    srand(unsigned(sys_getpid()) * 7919);
    live();
}

static void step() {
    auto n = unsigned(rand(0, page_count - 1));
    switch (rand(0, 9)) {
    case 0: return put_page(n);
    case 1: return take_page(n);
    case 2: return protect(n);
    case 3: return rand(0, 5) == 0 ? move_break(unsigned(rand(0, page_count))) : check(n);
    case 4: return rand(0, 9) == 0 ? fork() : sys_yield();
    case 5:
    case 6: return check(n);
    default: return write(n);
    }
}

void live() {
    for (unsigned i = 0; i < steps; ++i) step();
    for (unsigned n = 0; n < page_count; ++n) check(n);
    for (int status; sys_wait(0, &status) > 0;) expect("a child's status", 0, status);
    if (sys_getppid() != 0) sys_exit();
    pass();
}

void process_main() {
    distance = memory_now().total > MEMSIZE_PHYSICAL / PAGESIZE ? LARGE_PAGESIZE / 2
                                                                : 20 * PAGESIZE;
    start = uintptr_t(sbrk(PAGESIZE));
    is_eager = mapping_of(address_of(0)).perm != 0;
    sbrk(-PAGESIZE);
    srand(61);
    live();
}
