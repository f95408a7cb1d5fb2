// p-test-lostwrite - what could not be written to the disk is lost, and the next call that wants to
// know of that file is told, once; after that all is as if it had not been written
//
//    The disk has `numbers`, as for p-test-files, and refuses once to write its first page, and
//    once its second.
#include "u-file.hh"
#include "u-test.hh"

static uint8_t found[8192];

static void expect_contents(int fd) {
    expect("two pages", 8192, sys_pread(fd, found, 8192, 0));
    for (int i = 0; i < 8192; ++i) expect("as it was", i % 251, found[i]);
}

void process_main() {
    int fd = sys_open("numbers", O_RDWR);
    expect("written", 3, sys_pwrite(fd, "abc", 3, 0));
    sys_sleep(7000);                    // the kernel writes what is 5 seconds old
    expect_contents(fd);
    expect("it is told", E_IO, sys_fsync(fd));
    expect("once", 0, sys_fsync(fd));
    expect("written", 3, sys_pwrite(fd, "abc", 3, 4096));
    expect("it is told at once", E_IO, sys_sync());
    expect("once", 0, sys_sync());
    expect_contents(fd);
    expect("written", 3, sys_pwrite(fd, "abc", 3, 0));
    expect("on the disk now", 0, sys_fsync(fd));
    pass();
}
