// p-test-maplarge - a file larger than memory is mapped, read to its end and written to its end
//
//    The disk has `large`, each 8 bytes of which are their own number. Afterwards the first 8 bytes
//    of each page are that number plus 1.
#include "u-map.hh"

constexpr size_t window = 200 * PAGESIZE;           // no more fits into a weensy machine's addresses

void process_main() {
    int fd = open_or_fail("large", O_RDWR);
    file_info info;
    expect("its size", 0, sys_fstat(fd, &info));
    expect("the machine's memory is smaller", info.size > memory_now().total * PAGESIZE);
    for (uint64_t offset = 0; offset < info.size; offset += window) {
        size_t size = min(window, info.size - offset);
        auto words = reinterpret_cast<uint64_t*>(map(size, PROT_RW, MAP_SHARED, fd,
                                                     int64_t(offset)));
        for (size_t i = 0; i < size / 8; ++i) {
            if (words[i] != offset / 8 + i) fail("each word to be its number");
        }
        for (size_t i = 0; i < size / 8; i += PAGESIZE / 8) ++words[i];
        unmap(words, size);
    }
    uint64_t word;
    for (uint64_t offset = 0; offset < info.size; offset += PAGESIZE) {
        expect("read", 8, sys_pread(fd, &word, 8, int64_t(offset)));
        expect("as it was written", int64_t(offset / 8 + 1), int64_t(word));
    }
    pass();
}
