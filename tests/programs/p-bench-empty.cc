// p-bench-empty - a program that does nothing, for p-bench to start
#include "u-lib.hh"

void process_main() {
}
