// p-test-longread - a read of much that is not on the disk yet, in one call
//
//    The disk has a file `small`, and room for one of 1,200 pages.
#include "u-file.hh"
#include "u-test.hh"

static constexpr size_t size = 1200 * PAGESIZE;

void process_main() {
    auto buffer = static_cast<uint8_t*>(sys_sbrk(size));
    for (size_t at = 0; at < size; at += PAGESIZE) buffer[at] = 1;
    int fd = sys_open("small", O_RDWR);
    expect("a byte far behind the end", 1, sys_pwrite(fd, "x", 1, size - 1));
    expect("all of it", int64_t(size), sys_read(fd, buffer, size));
    size_t others = 0;
    for (size_t at = PAGESIZE; at < size; at += PAGESIZE) others += buffer[at] != 0;
    expect("other bytes than zeros", 0, int64_t(others));
    expect("the last byte", 'x', buffer[size - 1]);
    expect("the place", int64_t(size), sys_lseek(fd, 0, SEEK_CUR));
    pass();
}
