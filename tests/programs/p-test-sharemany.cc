// p-test-sharemany - constants cost memory once, however many processes have them
//
//    Outside: `ok` from pid 1; 34 forks, 35 exits; no fault. Copied, the constants would need more
//    than all memory.
#include "u-test.hh"

constexpr unsigned count = 16 * PAGESIZE / sizeof(uint64_t);
struct numbers {
    uint64_t number[count];
};
static constexpr numbers make_numbers() {
    numbers result = {};
    for (unsigned i = 0; i < count; ++i) result.number[i] = i * i + 1;
    return result;
}
constinit const numbers constants = make_numbers();

enum {
    alive,
    leave
};

static void check_constants() {
    auto number = static_cast<const volatile uint64_t*>(constants.number);
    for (unsigned i = 0; i < count; i += 64) expect("a constant", i * i + 1, int64_t(number[i]));
}

void process_main() {
    shared_words[alive] = 0;
    shared_words[leave] = 0;
    for (int n = 1; n <= NPROC - 2; ++n) {
        pid_t child = sys_fork();
        expect("memory for one more child", child >= 0);
        if (child == 0) {
            check_constants();
            shared_words[alive] = shared_words[alive] + 1;
            wait_for(leave, 1);
            sys_exit();
        }
        wait_for(alive, uint64_t(n));
    }
    check_constants();
    shared_words[leave] = 1;
    yield_often();
    pass();
}
