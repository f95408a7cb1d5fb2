/* Standard headers in C, after u-lib.h and before it */
#include <stdio.h>
#include "u-lib.h"
#include <assert.h>
#include <ctype.h>
#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

extern char end[];

int main(int argc, char** argv) {
    static_assert(sizeof(long) == 8, "64 bits");
    assert(argc == 1 && argv[0] && !argv[1]);
    char text[16];
    assert(sprintf(text, "%5.3d|%-3c|", 61, 'k') == 10 && strcmp(text, "  061|k  |") == 0);
    assert(isxdigit('f') && ispunct('!') && isblank('\t') && iscntrl(7) && isgraph('g'));
    assert(sbrk(0) != (void*) end || (uintptr_t) end % PAGESIZE == 0);
    puts("well");
    putchar('!');
    return 0;
}
