// p-counter - counts its own starts, also over the machine's end
//
//    The number is in the file counter.txt, which is mapped: to count is to add 1 to a word in
//    memory. With DATA=archive.tar, `make run-counter` counts on each time.
//    Boot words: files=on view=text
#include "u-mman.hh"

void process_main() {
    int fd = sys_open("counter.txt", O_RDWR | O_CREAT);
    if (fd < 0) panic("counter.txt: %s", strerror(fd));
    if (int r = sys_ftruncate(fd, sizeof(uint64_t)); r < 0) panic("counter.txt: %s", strerror(r));
    void* mapped = sys_mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (is_error(uintptr_t(mapped))) panic("counter.txt: %s", strerror(int(int64_t(mapped))));
    auto count = static_cast<uint64_t*>(mapped);
    ++*count;
    console_printf("started %lu times\n", *count);
    log_printf("started %lu times", *count);
}
