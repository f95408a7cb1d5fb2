// p-cat - a file, copied to the screen: read with `sys_read`, printed with `sys_write`
//
//    Each byte is copied twice: by the kernel from its page of the file to this process, and from
//    there to the screen.
//    Boot words: files=on view=text
#include "u-file.hh"

void process_main(int argc, char** argv) {
    const char* name = argc > 1 ? argv[1] : "kinglet.txt";
    int fd = sys_open(name, O_RDONLY);
    if (fd < 0) panic("%s: %s", name, strerror(fd));
    char buffer[512];
    int64_t n, all = 0;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        for (int64_t done = 0; done < n;) {
            done += sys_write(1, buffer + done, size_t(n - done));
        }
        all += n;
    }
    if (n < 0) panic("%s: %s", name, strerror(int(n)));
    log_printf("%s: %ld bytes, each copied twice", name, all);
}
