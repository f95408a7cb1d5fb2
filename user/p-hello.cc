// p-hello - the smallest program
#include "u-lib.hh"

int main() {
    console_printf(CPOS(23, 0), COLOR_SUCCESS, "Hello from process %d.\n", sys_getpid());
    return 0;
}
