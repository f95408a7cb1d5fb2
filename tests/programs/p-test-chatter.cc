// p-test-chatter - prints for ever
#include "u-lib.hh"

void process_main() {
    for (unsigned i = 1;; ++i) console_printf("line %u\n", i);
}
