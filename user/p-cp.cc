// p-cp - a copy of a file
//
//    Boot words: files=on view=text
#include "u-file.hh"

void process_main(int argc, char** argv) {
    const char* from = argc > 2 ? argv[1] : "kinglet.txt";
    const char* to = argc > 2 ? argv[2] : "copy.txt";
    int in = sys_open(from, O_RDONLY);
    if (in < 0) panic("%s: %s", from, strerror(in));
    int out = sys_open(to, O_WRONLY | O_CREAT | O_TRUNC);
    if (out < 0) panic("%s: %s", to, strerror(out));
    char buffer[PAGESIZE];
    int64_t n, all = 0;
    while ((n = sys_read(in, buffer, sizeof(buffer))) > 0) {
        n = sys_write(out, buffer, size_t(n));
        if (n < 0) break;
        all += n;
    }
    if (n < 0) panic("%s: %s", to, strerror(int(n)));
    int r = sys_fsync(out);
    if (r < 0) panic("%s: %s", to, strerror(r));
    console_printf("%ld bytes from %s to %s\n", all, from, to);
    log_printf("%ld bytes from %s to %s", all, from, to);
}
