// p-grep - the lines of all files that have a word in them
//
//    Boot words: files=on view=text
#include "u-file.hh"

static int search(const char* name, const char* word) {
    char line[256];
    size_t length = 0;
    int found = 0;
    int64_t n;
    int fd = sys_open(name, O_RDONLY);
    if (fd < 0) panic("%s: %s", name, strerror(fd));
    char buffer[PAGESIZE];
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        for (int64_t i = 0; i < n; ++i) {
            if (buffer[i] != '\n') {
                if (length < sizeof(line) - 1) line[length++] = buffer[i];
                continue;
            }
            line[length] = '\0';
            length = 0;
            if (!strstr(line, word)) continue;
            console_printf("%s: %s\n", name, line);
            ++found;
        }
    }
    if (n < 0) panic("%s: %s", name, strerror(int(n)));
    sys_close(fd);
    return found;
}

void process_main(int argc, char** argv) {
    const char* word = argc > 1 ? argv[1] : "page";
    file_info info;
    int found = 0;
    for (int next = 0; (next = sys_readdir(next, &info)) > 0;) found += search(info.name, word);
    log_printf("%d lines have \"%s\"", found, word);
}
