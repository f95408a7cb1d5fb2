// p-test-diskerror - when the disk cannot read a page, only the call that wants it fails, with the
// place in the file as it was; the next call is not worse off
//
//    The disk has `numbers`, as for p-test-files, and refuses once to read its second page.
#include "u-file.hh"
#include "u-test.hh"

void process_main() {
    uint8_t buffer[8000];
    int fd = sys_open("numbers", O_RDONLY), other = sys_open("folder/one", O_RDONLY);
    expect("the first page", 4096, sys_read(fd, buffer, 4096));
    expect("the second", E_IO, sys_read(fd, buffer, 4096));
    expect("another file", 1, sys_read(other, buffer, 2));
    expect("the place", 4096, sys_lseek(fd, 0, SEEK_CUR));
    expect("the second, again", 8000, sys_read(fd, buffer, 8000));
    for (int i = 0; i < 8000; ++i) expect("the right byte", (4096 + i) % 251, buffer[i]);
    pass();
}
