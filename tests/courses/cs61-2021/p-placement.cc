// 2021: placement new and type traits come with lib.hh
#include "u-lib.hh"

static_assert(std::is_unsigned<uintptr_t>::value && std::is_same<pid_t, int>::value);

struct counted {
    static int alive;
    int value;
    explicit counted(int v)
        : value(v) { ++alive; }
    ~counted() { --alive; }
};
int counted::alive = 0;

void process_main() {
    alignas(counted) char space[sizeof(counted)];
    counted* object = new (space) counted(61);
    assert((void*) object == (void*) space && object->value == 61 && counted::alive == 1);
    object->~counted();
    assert_eq(counted::alive, 0);
    int sum = 0;
    for (int x : {1, 2, 3}) sum += x;
    assert_eq(sum, 6);
}
