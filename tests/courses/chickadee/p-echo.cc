// As Chickadee's echo: it prints its arguments; without any, it runs itself with some
#include "compat/chickadee.h"

void process_main(int argc, char** argv) {
    if (argc <= 1) {
        const char* words[] = {"echo", "hello", "there", nullptr};
        assert_eq(sys_execv("no-such-program", words), E_NOENT);
        int r = sys_execv("chickadee-echo", words, 3);
        panic("sys_execv said %d", r);
    }
    char text[64] = "";
    for (int i = 1; i < argc; ++i) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", argv[i], i + 1 < argc ? " " : "\n");
    }
    assert(argc == 3 && argv[3] == nullptr && strcmp(text, "hello there\n") == 0);
    assert_eq(sys_write(1, text, strlen(text)), (ssize_t) strlen(text));
    assert_eq(dprintf(1, "%s", text), 12);
    assert_eq(dprintf(7, "%s", text), E_BADF);
    sys_exit(0);
}
