// p-cat - files, copied to the screen; and what copying costs, compared
//
//    Read and written, each byte is copied twice: by the kernel from its page of the file to this
//    process, and from there to the screen. Mapped and written, it is copied once. Where the
//    process only looks at mapped pages, nothing is copied. All three are done, and each says how
//    many bytes were copied and by whom, if no shell has started this program; a shell's user wants
//    to see the files once. Without arguments it then copies what descriptor 0 gives.
//    Boot words: files=on view=text
#include "u-command.hh"
#include "u-mman.hh"

static void read_and_write(int fd, const char* name) {
    char buffer[512];
    int64_t n, all = 0;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        write_all("cat", 1, buffer, n);
        all += n;
    }
    if (n < 0) complain("%s: %s", name, why(n));
    log_printf("%s: read and written: %ld bytes copied by sys_read, %ld by sys_write", name, all,
               all);
}

static void map_and_write(const char* text, int64_t size, const char* name) {
    write_all("cat", 1, text, size);
    log_printf("%s: mapped and written: 0 bytes copied to this process, %ld by sys_write", name,
               size);
}

static void map_and_look(const char* text, int64_t size, const char* name) {
    int64_t lines = 0;
    for (int64_t i = 0; i < size; ++i) lines += text[i] == '\n';
    log_printf("%s: mapped and looked at: 0 bytes copied, %ld lines seen", name, lines);
}

static void compare(int fd, const char* name) {
    file_info info;
    read_and_write(fd, name);
    if (sys_fstat(fd, &info) < 0 || info.size == 0) return;
    void* mapped = sys_mmap(nullptr, info.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (is_error(uintptr_t(mapped))) complain("%s: %s", name, why(int64_t(mapped)));
    map_and_write(static_cast<const char*>(mapped), int64_t(info.size), name);
    map_and_look(static_cast<const char*>(mapped), int64_t(info.size), name);
    sys_munmap(mapped, info.size);
}

void process_main(int, char** argv) {
    bool has_starter = sys_getppid() != 0;
    for_each_input(argv + 1, "kinglet.txt", has_starter ? read_and_write : compare);
}
