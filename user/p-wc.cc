// p-wc - lines, words and bytes
//
//    Of the files that its arguments name; from a shell without, of what descriptor 0 gives; else
//    of all files.
//    Boot words: files=on view=text
#include "u-command.hh"

static void count(int fd, const char* name) {
    char buffer[PAGESIZE];
    int64_t n;
    uint64_t lines = 0, words = 0, bytes = 0;
    bool is_in_word = false;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        for (int64_t i = 0; i < n; ++i) {
            bool is_letter = !isspace(buffer[i]);
            lines += buffer[i] == '\n';
            words += is_letter && !is_in_word;
            is_in_word = is_letter;
        }
        bytes += uint64_t(n);
    }
    if (n < 0) complain("%s: %s", name, why(n));
    console_printf("%8lu %8lu %8lu %s\n", lines, words, bytes, name);
    log_printf("%lu lines, %lu words, %lu bytes in %s", lines, words, bytes, name);
}

void process_main(int, char** argv) {
    for_each_input(argv + 1, nullptr, count);
}
