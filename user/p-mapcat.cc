// p-mapcat - a file, copied to the screen in three ways; each says what was copied, and by whom
//
//    Read and written, each byte is copied twice: by the kernel from its page of the file to this
//    process, and from there to the screen. Mapped and written, it is copied once. Where the
//    process only looks at mapped pages, nothing is copied.
//    Boot words: files=on view=text
#include "u-mman.hh"

static void print(const char* text, size_t size) {
    for (size_t done = 0; done < size;) {
        done += size_t(sys_write(1, text + done, size - done));
    }
}

static int64_t read_and_write(int fd, const char* name) {
    char buffer[512];
    int64_t n, all = 0;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        print(buffer, size_t(n));
        all += n;
    }
    if (n < 0) panic("%s: %s", name, strerror(int(n)));
    log_printf("%s: read and written: %ld bytes copied by sys_read, %ld by sys_write", name, all,
               all);
    return all;
}

static void map_and_write(const char* text, int64_t size, const char* name) {
    print(text, size_t(size));
    log_printf("%s: mapped and written: 0 bytes copied to this process, %ld by sys_write", name,
               size);
}

static void map_and_look(const char* text, int64_t size, const char* name) {
    int64_t lines = 0;
    for (int64_t i = 0; i < size; ++i) lines += text[i] == '\n';
    log_printf("%s: mapped and looked at: 0 bytes copied, %ld lines seen", name, lines);
}

void process_main(int argc, char** argv) {
    const char* name = argc > 1 ? argv[1] : "kinglet.txt";
    int fd = sys_open(name, O_RDONLY);
    if (fd < 0) panic("%s: %s", name, strerror(fd));
    int64_t size = read_and_write(fd, name);
    if (size == 0) return;
    void* mapped = sys_mmap(nullptr, size_t(size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (is_error(uintptr_t(mapped))) panic("%s: %s", name, strerror(int(int64_t(mapped))));
    map_and_write(static_cast<const char*>(mapped), size, name);
    map_and_look(static_cast<const char*>(mapped), size, name);
}
