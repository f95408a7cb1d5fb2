// p-wc - lines, words and bytes of each file
//
//    Boot words: files=on view=text
#include "u-file.hh"

static void count(const char* name) {
    char buffer[PAGESIZE];
    int64_t n;
    uint64_t lines = 0, words = 0, bytes = 0;
    bool is_in_word = false;
    int fd = sys_open(name, O_RDONLY);
    if (fd < 0) panic("%s: %s", name, strerror(fd));
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        for (int64_t i = 0; i < n; ++i) {
            bool is_letter = !isspace(buffer[i]);
            lines += buffer[i] == '\n';
            words += is_letter && !is_in_word;
            is_in_word = is_letter;
        }
        bytes += uint64_t(n);
    }
    if (n < 0) panic("%s: %s", name, strerror(int(n)));
    sys_close(fd);
    console_printf("%8lu %8lu %8lu %s\n", lines, words, bytes, name);
    log_printf("%lu lines, %lu words, %lu bytes in %s", lines, words, bytes, name);
}

void process_main() {
    file_info info;
    for (int next = 0; (next = sys_readdir(next, &info)) > 0;) count(info.name);
}
