// p-cp - a copy of a file
//
//    Boot words: files=on view=text
#include "u-command.hh"

void process_main(int argc, char** argv) {
    if (argc != 3 && sys_getppid() != 0) complain("cp: of what, to where? type: cp FROM TO");
    const char* from = argc > 2 ? argv[1] : "kinglet.txt";
    const char* to = argc > 2 ? argv[2] : "copy.txt";
    int in = open_input(from);
    int out = sys_open(to, O_WRONLY | O_CREAT | O_TRUNC);
    if (out < 0) complain("%s: %s", to, why(out));
    char buffer[PAGESIZE];
    int64_t n, all = 0;
    while ((n = sys_read(in, buffer, sizeof(buffer))) > 0) {
        write_all(to, out, buffer, n);
        all += n;
    }
    if (n < 0) complain("%s: %s", from, why(n));
    int r = sys_fsync(out);
    if (r < 0) complain("%s: %s", to, why(r));
    console_printf("%ld bytes from %s to %s\n", all, from, to);
    log_printf("%ld bytes from %s to %s", all, from, to);
}
