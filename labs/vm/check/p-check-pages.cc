// p-check-pages - one process has pages put at addresses of all kinds, and some replaced
//
//    allocated(address, result): asked for a page, not written to yet.   replaced(address, result): the same again.
//    filled(first, count, who): each of the `count` addresses in the array at `first` was filled by `who`.
//    end(): that was all.
#include "u-check-vm.hh"

constexpr unsigned most = 40, replaced = 8;
static uintptr_t places[most];
static unsigned count;

static bool is_taken(uintptr_t va) {
    if (va == stack_page()) return true;
    for (unsigned i = 0; i < count; ++i) {
        if (places[i] == va) return true;
    }
    return false;
}

static void allocate(uintptr_t va) {
    if (is_taken(va)) return;
    int result = page_alloc(va);
    if (result >= 0) touch(va);
    moment("allocated", va, result);
    if (result < 0) return;
    fill_page(va, 1);
    places[count++] = va;
}

static void replace(uintptr_t va) {
    int result = page_alloc(va);
    if (result >= 0) touch(va);
    moment("replaced", va, result);
    fill_page(va, 1);
}

void process_main() {
    check_begin();
    count = 0;                                      // even in memory that was not cleared
    moment("start");
    allocate(MEMSIZE_PHYSICAL - PAGESIZE);
    allocate(MEMSIZE_PHYSICAL);                     // where there is no physical memory of that address
    allocate(MEMSIZE_VIRTUAL - PAGESIZE);           // the last page, if the stack is not there
    allocate(heap_start());
    int pages = int((MEMSIZE_VIRTUAL - heap_start()) / PAGESIZE);
    while (count < most) allocate(heap_start() + unsigned(rand(0, pages - 1)) * PAGESIZE);
    moment("filled", reinterpret_cast<uintptr_t>(places), count, 1);
    for (unsigned i = 0; i < replaced; ++i) replace(places[i * 4 + 1]);
    moment("filled", reinterpret_cast<uintptr_t>(places), count, 1);
    moment("end");
    check_done();
}
