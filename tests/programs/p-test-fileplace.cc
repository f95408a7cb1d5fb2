// p-test-fileplace - a read that waits for the disk goes on where it began, although another
// process, which has the same open file, has moved its place meanwhile
//
//    The disk has `large`, of 100 pages, each filled with its number.
#include "u-file.hh"
#include "u-test.hh"

static constexpr int pages = 60;
static uint8_t buffer[pages * PAGESIZE];

void process_main() {
    int fd = sys_open("large", O_RDONLY);
    pid_t child = sys_fork();
    if (child == 0) {
        expect("all that was wanted", int64_t(sizeof(buffer)), sys_read(fd, buffer, sizeof(buffer)));
        for (int i = 0; i < pages; ++i) expect("its page", i, buffer[i * PAGESIZE]);
        sys_exit(7);
    }
    sys_yield();                        // the child begins to read
    int status = 0, moves = 0;
    while (sys_waitpid(child, &status, W_NOHANG) == E_AGAIN) {
        expect("the place", 99 * PAGESIZE, sys_lseek(fd, 99 * PAGESIZE, SEEK_SET));
        ++moves;
        sys_yield();
    }
    expect("moves", moves > 10);
    expect("status", 7, status);
    pass();
}
