// 2020: strings and characters
#include "u-lib.hh"

void process_main() {
    char text[32];
    assert(strcpy(text, "weensy") == text && strlen(text) == 6 && strnlen(text, 3) == 3);
    char* found = strchr("weensy", 'n');
    assert(found && *found == 'n');
    assert(strstr(text, "ens") == text + 2 && !strstr(text, "enz"));
    assert(memchr(text, 'y', 6) == text + 5);
    assert(strcmp("a", "b") < 0 && strncmp("abc", "abd", 2) == 0 && strcasecmp("ABC", "abc") == 0);
    assert(strlcpy(text, "a long long text", 7) == 16 && strcmp(text, "a long") == 0);
    memmove(text + 1, text, 6);
    assert_memeq(text, "aa long", 7);
    memset(text, 'x', 3);
    assert(memcmp(text, "xxx", 3) == 0);
    char* rest;
    assert_eq(strtol("-61z", &rest), -61L);
    assert(*rest == 'z');
    assert_eq(strtoul("0x3d"), 61UL);
    assert(isdigit('7') && isspace(' ') && isalpha('q') && !isupper('q') && toupper('q') == 'Q');
}
