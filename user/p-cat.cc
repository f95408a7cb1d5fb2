// p-cat - a file, copied to the screen: read with `sys_read`, printed with `sys_write`
//
//    Each byte is copied twice: by the kernel from its page of the file to this process, and from
//    there to the screen. With names as arguments, those files; from a shell without, what
//    descriptor 0 gives.
//    Boot words: files=on view=text
#include "u-command.hh"

static void copy(int fd, const char* name) {
    char buffer[512];
    int64_t n, all = 0;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        write_all("cat", 1, buffer, n);
        all += n;
    }
    if (n < 0) complain("%s: %s", name, why(n));
    log_printf("%s: %ld bytes, each copied twice", name, all);
}

void process_main(int, char** argv) {
    for_each_input(argv + 1, "kinglet.txt", copy);
}
