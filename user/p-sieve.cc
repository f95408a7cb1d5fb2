// p-sieve - counts prime numbers with an array of which only a few pages are ever there
//
//    `prime_of[n]` is a prime that divides `n`, or 0. Each prime has one place in the array: at its
//    next multiple that is still to come and that no other prime has. Its first place is its
//    square, far ahead. Pages that the search has passed are given back. The weensy machine's array
//    has a mebibyte, the big one's 4 GiB.
//    Boot words: pace=20
#include "u-lib.hh"

// Count the primes below `limit` with an array for all numbers below `size`.
template <typename T>
static unsigned count_primes(volatile T* prime_of, uint64_t limit, uint64_t size) {
    constexpr uint64_t numbers_a_page = PAGESIZE / sizeof(T);
    unsigned count = 0;
    for (uint64_t n = 2; n < limit; ++n) {
        T prime = prime_of[n];
        if (prime == 0) {
            ++count;
            if (n * n < size) prime_of[n * n] = T(n);
        } else {
            uint64_t next = n + prime;
            while (next < size && prime_of[next] != 0) next += prime;
            if (next < size) prime_of[next] = prime;
        }
        if (n % numbers_a_page == numbers_a_page - 1) {
            sys_page_free(const_cast<T*>(&prime_of[n + 1 - numbers_a_page]));
        }
        if (n % 10'000 == 0) {
            console_printf(CPOS(24, 0), COLOR_SUCCESS, "%u primes below %lu ", count, n);
        }
    }
    return count;
}

template <typename T>
static void sieve(uint64_t limit, uint64_t size, unsigned expected) {
    auto array = static_cast<volatile T*>(static_cast<void*>(sys_sbrk(intptr_t(size * sizeof(T)))));
    if (is_error(reinterpret_cast<uintptr_t>(array))) panic("no address space for the array");
    unsigned found = count_primes<T>(array, limit, size);
    console_printf(CPOS(24, 0), COLOR_SUCCESS, "%u primes below %lu, as it should be", found,
                   limit);
    log_printf("%u primes below %lu, and it should be %u", found, limit, expected);
    assert_eq(found, expected);
}

void process_main() {
    memory_report memory = {};
    sys_memory(&memory);
    bool is_big = memory.total > MEMSIZE_PHYSICAL / PAGESIZE;
    if (is_big) sieve<uint32_t>(1'000'000, 1UL << 30, 78'498);
    else sieve<uint16_t>(500'000, 500'000, 41'538);
}
