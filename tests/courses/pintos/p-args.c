/* As Pintos's args programs: a line with arguments becomes a child, whose status comes back */
#include "compat/pintos.h"

int main(int argc, char* argv[]) {
    if (argc == 4) {
        for (int i = 0; i < argc; i++)
            printf("argv[%d] = '%s'\n", i, argv[i]);
        return strcmp(argv[3], "three") == 0 ? 81 : 1;
    }
    pid_t child = exec("pintos-args one  two three");
    if (child == PID_ERROR || wait(child) != 81 || wait(child) != -1)
        exit(1);
    child = exec("no-such-program");
    if (wait(child) != -1)
        exit(2);
    exit(0);
}
