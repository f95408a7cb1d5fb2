// p-test-mappipe - a write to a pipe whose bytes the disk has still to bring is whole
//
//    A mapped file of several pages, none of which is in memory, goes through a pipe in one call.
#include "u-map.hh"

static void write_all_of(const uint8_t* mapped, int writer) {
    int64_t n = sys_write(writer, mapped, numbers_size);
    sys_exit(n == int64_t(numbers_size) ? 0 : 1);
}

void process_main() {
    int fds[2], status = 1;
    int fd = open_or_fail("numbers", O_RDONLY);
    uint8_t* mapped = map(numbers_size, PROT_READ, MAP_PRIVATE, fd);
    expect("a pipe", 0, sys_pipe(fds));
    pid_t child = sys_fork();
    if (child == 0) write_all_of(mapped, fds[1]);
    sys_close(fds[1]);
    static uint8_t found[numbers_size];
    size_t done = 0;
    for (int64_t n; (n = sys_read(fds[0], found + done, sizeof(found) - done)) > 0;) {
        done += size_t(n);
    }
    expect("all bytes", int64_t(numbers_size), int64_t(done));
    expect_numbers(found, 0, numbers_size);
    expect("the child", child, sys_waitpid(child, &status));
    expect("wrote them in one call", 0, status);
    pass();
}
