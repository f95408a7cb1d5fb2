// u-random.hh - random numbers (splitmix64) for programs that try at random
//
//    A process sets `random_state` first; what follows is then the same each time.
#ifndef KINGLET_U_RANDOM_HH
#define KINGLET_U_RANDOM_HH
#include "u-lib.hh"

inline uint64_t random_state;
inline uint64_t any_word() {
    uint64_t z = random_state += 0x9E37'79B9'7F4A'7C15;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
}
inline uint64_t below(uint64_t limit) { return any_word() % limit; }
inline bool one_in(uint64_t n) { return below(n) == 0; }

// any_of(values)
//    One of an array.
template <typename T, size_t n>
inline T any_of(const T (&values)[n]) {
    return values[below(n)];
}

#endif
