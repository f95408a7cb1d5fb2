/* As xv6's echo */
#include "compat/xv6.h"

int main(int argc, char* argv[]) {
    if (argc == 1) {
        char* words[] = {"echo", "hello,", "xv6", 0};
        exec("xv6-echo", words);
        fprintf(2, "exec echo failed\n");
        exit(1);
    }
    for (int i = 1; i < argc; i++) {
        write(1, argv[i], strlen(argv[i]));
        write(1, i + 1 < argc ? " " : "\n", 1);
    }
    exit(argc == 3 ? 0 : 1);
}
