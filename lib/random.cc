#include "random.hh"
#include <stdint.h>

// SplitMix64: a counter whose values are scrambled (Steele, Lea, Flood: "Fast Splittable
// Pseudorandom Number Generators", 2014).
static uint64_t counter = 0x4B69'6E67'6C65'7421;

int rand() {
    counter += 0x9E37'79B9'7F4A'7C15;
    uint64_t x = counter;
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
    return int((x ^ (x >> 31)) >> 33);
}

void srand(unsigned seed) {
    counter = uint64_t(seed) << 32 | seed;
}

int rand(int min, int max) {
    uint64_t range = uint64_t(int64_t(max) - min) + 1;
    return int(min + int64_t(uint64_t(rand()) * range >> 31));
}
