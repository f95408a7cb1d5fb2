/* The library of WeensyOS in C, and what C programs expect besides */
#include "lib.h"
#include "process.h"

static int by_value(const void* a, const void* b) { return *(const int*) a - *(const int*) b; }

void process_main(void) {
    char text[40];
    assert(snprintf(text, sizeof(text), "%s %d %#x", "king", -61, 61) == 13 && strcmp(text, "king -61 0x3d") == 0);
    assert(MIN(3, 2) == 2 && MAX(3, 2) == 3 && ROUNDUP(4097, 4096) == 8192 && ROUNDDOWN(4097, 4096) == 4096);
    assert(arraysize(text) == 40 && isdigit('7') && !isalpha('7') && toupper('a') == 'A');
    int numbers[] = {5, 3, 61, -1, 3};
    qsort(numbers, 5, sizeof(int), by_value);
    for (int i = 1; i < 5; ++i) assert(numbers[i - 1] <= numbers[i]);
    int wanted = 61;
    assert(bsearch(&wanted, numbers, 5, sizeof(int), by_value) == &numbers[4]);
    int at = console_printf(CPOS(23, 0), 0x0F00, "%d\n", 61);
    assert(at == CPOS(24, 0) && console[CPOS(23, 0)] == (0x0F00 | '6'));
    app_printf(0, "from process %d\n", sys_getpid());
    assert(abs(-3) == 3 && atoi("61x") == 61 && strtol("0x3d", 0, 0) == 61 && INT_MAX > 0);
    char words[] = "one,two;three";
    assert(strcmp(strtok(words, ",;"), "one") == 0 && strcmp(strtok(0, ",;"), "two") == 0);
    assert(strcmp(strtok(0, ",;"), "three") == 0 && !strtok(0, ",;"));
    assert(strspn("aabc", "ab") == 3 && strcmp(strrchr("a/b/c", '/'), "/c") == 0);
}
