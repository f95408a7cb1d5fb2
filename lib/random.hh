// random.hh - numbers that look random and are the same in every run
#ifndef KINGLET_RANDOM_HH
#define KINGLET_RANDOM_HH

#if __STDC_HOSTED__ && !defined(KINGLET_OWN_LIBRARY)
#include <stdlib.h>
#else
#define RAND_MAX 2147483647

#if !__STDC_HOSTED__
extern "C" {
#endif
// rand()
//    The next number, from 0 to `RAND_MAX`.
int rand();

// srand(seed)
//    Start the sequence that belongs to `seed`.
void srand(unsigned seed);
#if !__STDC_HOSTED__
}
#endif
#endif

// rand(min, max)
//    The next number, from `min` to `max`, both included, each equally likely. `min <= max`.
int rand(int min, int max);

#endif
