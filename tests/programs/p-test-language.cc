// p-test-language - what the language has without a library: lists in braces, constructors and
// destructors, `delete`
//
//    Outside: `ok` from pid 1, then `last words 2`, `last words 1`, `end`; no fault.
#include "u-test.hh"
#include <bit>
#include <initializer_list>

static int order;

struct speaker {
    int number;
    explicit speaker(int n) : number(n) { ++order; }
    ~speaker() { log_printf("last words %d", number); }
};
static speaker global(1);

[[gnu::destructor]] static void end_of_all() { log_printf("end"); }

struct shape {
    virtual ~shape() = default;
    virtual int corners() const = 0;
};
struct square : shape {
    int& gone;
    explicit square(int& counter) : gone(counter) {}
    ~square() override { ++gone; }
    int corners() const override { return 4; }
};

static void use_lists() {
    int sum = 0;
    for (int n : {1, 20, 40}) sum += n;
    expect("the sum of a list", 61, sum);
    std::initializer_list<const char*> words = {"king", "let"};
    expect("its size", 2, int64_t(words.size()));
}

template <typename T>
static T unknown(T value) {
    clobber_memory(&value);
    return value;
}

static void use_numbers() {
    expect("std::popcount", 5, std::popcount(unknown(61U)));
    expect("__builtin_popcountl", 5, __builtin_popcountl(unknown(61UL << 40)));
    expect("std::countr_zero", 40, std::countr_zero(unknown(61UL << 40)));
    auto big = unknown<unsigned __int128>(61) << 80;
    expect("128-bit division", 61 << 10,
           int64_t(big / unknown<unsigned __int128>(1UL << 60) >> 10));
    expect("its remainder", 5, int64_t((big + 5) % unknown<unsigned __int128>(1UL << 60)));
    expect("with a sign", -61, int64_t(-__int128(big) / unknown(__int128(1) << 80)));
}

static void use_objects() {
    int gone = 0;
    shape* s = new square(gone);
    expect("a virtual function", 4, s->corners());
    delete s;
    expect("destructors", 1, gone);
    alignas(square) char place[sizeof(square)];
    s = new (place) square(gone);
    s->~shape();
    auto words = new int[1000];
    words[999] = 61;
    expect("an array's last word", 61, unknown(words)[999]);
    delete[] words;
    expect("memory given back", int64_t(uintptr_t(words)),
           int64_t(uintptr_t(unknown(new int[1000]))));
    static speaker local(2);
    expect("constructors", 2, order);
    expect("numbers", 3, local.number + global.number);
}

void process_main() {
    expect("the global object's constructor", 1, order);
    use_lists();
    use_numbers();
    use_objects();
    log_printf("ok");
}
