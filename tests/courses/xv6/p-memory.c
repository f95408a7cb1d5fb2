/* xv6's memory: sbrk and malloc */
#include "compat/xv6.h"

int main(void) {
    char* start = sbrk(0);
    char* a = sbrk(4096);
    if (a != start || sbrk(0) != start + 4096) exit(1);
    *a = 1;
    if (sbrk(-4096) != start + 4096) exit(2);
    if (sbrk(2000000000) != SBRK_ERROR) exit(3);
    uint* words = malloc(1000 * sizeof(uint));
    for (uint i = 0; i < 1000; i++) words[i] = i;
    for (uint i = 0; i < 1000; i++) if (words[i] != i) exit(4);
    free(words);
    exit(0);
}
