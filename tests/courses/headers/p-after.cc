// Standard headers after u-lib.hh
#include "u-lib.hh"
#include <stdint.h>
#include <stddef.h>
#include <stdarg.h>
#include <stdbool.h>
#include <limits.h>
#include <float.h>
#include <string.h>
#include <strings.h>
#include <stdlib.h>
#include <stdio.h>
#include <assert.h>
#include <ctype.h>
#include <setjmp.h>
#include <unistd.h>
#include <sys/types.h>
#include <inttypes.h>
#include <new>
#include <type_traits>
#include <utility>
#include <bit>
#include <concepts>
#include <compare>
#include <initializer_list>
#include <cstdint>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <cstdio>
#include <cctype>
#include <cassert>
#include <climits>
#include <tuple>

void process_main() {
    char text[32];
    snprintf(text, sizeof(text), "%s %d", "king", 61);
    assert(strcmp(text, "king 61") == 0 && isdigit(text[5]) && abs(-61) == 61 && atoi(text + 5) == 61);
    assert(strspn(text, "gikn") == 4 && std::popcount(61U) == 5 && std::strlen(text) == 7);
    auto [first, second] = std::pair<int, long>(61, INT_MAX);
    assert_eq(std::move(first), 61);
    assert_eq(second, 2147483647);
    char* copy = strdup(text);
    assert(copy && strcmp(strcat(copy, ""), text) == 0);
    free(copy);
    printf("%s\n", text);
    exit(EXIT_SUCCESS);
}
