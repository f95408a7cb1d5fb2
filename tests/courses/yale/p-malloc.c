/* As Yale's programs for malloc */
#include "compat/yale.h"

void process_main(void) {
    srand(getpid());
    void* blocks[100];
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 100; ++i) {
            blocks[i] = malloc(rand() % 500 + 1);
            assert(blocks[i] && (uintptr_t) blocks[i] % 16 == 0);
            memset(blocks[i], i, 1);
        }
        for (int i = 0; i < 100; i += 2) free(blocks[i]);
        for (int i = 1; i < 100; i += 2) assert(*(char*) blocks[i] == i);
        for (int i = 1; i < 100; i += 2) free(blocks[i]);
    }
    long* zeros = calloc(100, sizeof(long));
    for (int i = 0; i < 100; ++i) assert(zeros[i] == 0);
    zeros[99] = 61;
    zeros = realloc(zeros, 8000);
    assert(zeros[99] == 61 && !malloc(1UL << 40) && !calloc(1UL << 33, 1UL << 33));
    free(zeros);
    void* end_before = sbrk(0);
    for (int i = 0; i < 1000; ++i) free(malloc(3000));
    assert(sbrk(0) == end_before);
    mem_tog(0);
    TEST_PASS();
}
