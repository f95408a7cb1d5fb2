// p-edit - changes a file where it is, by storing to memory
//
//    The file is mapped, shared: its pages in memory are this process's own. One line of
//    numbers.txt gets capital letters. Of the file's 64 pages only the one that was written to goes
//    to the disk.
//    Boot words: files=on view=text
#include "u-mman.hh"

constexpr size_t line = 1000, line_size = 64;

void process_main() {
    int fd = sys_open("numbers.txt", O_RDWR);
    if (fd < 0) panic("numbers.txt: %s", strerror(fd));
    file_info info;
    if (sys_fstat(fd, &info) < 0 || info.size < (line + 1) * line_size) panic("it is too short");
    void* mapped = sys_mmap(nullptr, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (is_error(uintptr_t(mapped))) panic("numbers.txt: %s", strerror(int(int64_t(mapped))));
    char* text = static_cast<char*>(mapped) + line * line_size;
    for (size_t i = 0; i < line_size; ++i) text[i] = char(toupper(text[i]));
    if (int r = sys_msync(mapped, info.size, MS_SYNC); r < 0) panic("msync: %s", strerror(r));
    char found[line_size + 1] = {};
    sys_pread(fd, found, line_size, line * line_size);
    console_printf("%s", found);
    log_printf("the file has now: %.45s", found);
}
