// p-grep - the lines that have a word in them
//
//    Its first argument is the word; it looks in the files that the others name; from a shell
//    without, in what descriptor 0 gives; else in all files.
//    Boot words: files=on view=text
#include "u-command.hh"

static const char* word = "page";
static int found;

static void take_line(const char* name, const char* line) {
    if (!strstr(line, word)) return;
    console_printf("%s%s%s\n", name, *name ? ": " : "", line);
    ++found;
}

static void search(int fd, const char* name) {
    char line[256], buffer[PAGESIZE];
    size_t length = 0;
    int64_t n;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        for (int64_t i = 0; i < n; ++i) {
            if (buffer[i] != '\n') {
                if (length < sizeof(line) - 1) line[length++] = buffer[i];
                continue;
            }
            line[length] = '\0';
            length = 0;
            take_line(name, line);
        }
    }
    if (n < 0) complain("%s: %s", name, why(n));
    line[length] = '\0';
    if (length > 0) take_line(name, line);
}

void process_main(int argc, char** argv) {
    if (argc > 1) word = argv[1];
    else if (sys_getppid() != 0) complain("grep: which word? type: grep WORD, or grep WORD FILE");
    for_each_input(argv + min(argc, 2), nullptr, search);
    log_printf("%d lines have \"%s\"", found, word);
    exit(found == 0);
}
