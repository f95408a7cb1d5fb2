// p-test-anypage - one process alone: any page of its range becomes memory, until there is none
// left
//
//    Needs no fork. Outside: `ok` and `got N pages` from pid 1, N at least three quarters of the
//    free count; no fault.
#include "u-test.hh"

void process_main() {
    constexpr unsigned last = 0x1F0, step = 37;     // no divisor in common: every page below comes
                                                    // once, far apart
    unsigned got = 0, places[last];
    for (unsigned i = 0; i < last; ++i) {
        unsigned n = i * step % last;
        auto address = page(n);
        if (reinterpret_cast<uintptr_t>(address) >= MEMSIZE_VIRTUAL - PAGESIZE) continue;
        int result = sys_page_alloc(address);
        if (result == E_NOMEM) break;
        expect("sys_page_alloc", 0, result);
        for (unsigned word = 0; word < PAGESIZE / 8; ++word) {
            expect("a new page's word", 0, int64_t(address[word]));
        }
        address[0] = address[511] = n + 1;
        places[got++] = n;
    }
    for (unsigned i = 0; i < got; ++i) {
        expect("the first word written", places[i] + 1, int64_t(page(places[i])[0]));
        expect("the last word written", places[i] + 1, int64_t(page(places[i])[511]));
    }
    expect("a refusal outside its range", E_INVAL,
           sys_page_alloc(reinterpret_cast<void*>(KERNEL_START_ADDR)));
    expect("a refusal behind its range", E_INVAL,
           sys_page_alloc(reinterpret_cast<void*>(MEMSIZE_VIRTUAL)));
    log_printf("got %u pages", got);
    pass();
}
