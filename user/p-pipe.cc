// p-pipe - a pipe: a page of bytes between two processes, and what each of them waits for
#include "u-file.hh"
#include "u-lecture.hh"

constexpr int letters = 10'000;
static char buffer[letters];

static uint64_t waiting(int fd) {
    file_info info;
    return sys_fstat(fd, &info) == 0 ? info.size : 0;
}

void process_main() {
    int fds[2];
    if (sys_pipe(fds) < 0) return say("There is no pipe: this kernel has none.");
    say("Descriptor %d reads what is written to descriptor %d.", fds[0], fds[1]);
    pid_t child = sys_fork();
    if (child == 0) {
        sys_close(fds[0]);
        memset(buffer, 'x', letters);
        sys_write(fds[1], buffer, letters);
        sys_exit();
    }
    sys_close(fds[1]);
    say("A child writes %d letters. Nobody reads yet.", letters);
    compare("what the pipe holds of them, a page", PAGESIZE, int64_t(waiting(fds[0])));
    say("The child waits for room. The parent reads.");
    int64_t n, all = 0;
    while ((n = sys_read(fds[0], buffer, 1000)) > 0) all += n;
    compare("letters in all", letters, all);
    compare("and then, as nobody can write any more", 0, n);
    sys_wait(child);
    int ends[2];
    sys_pipe(ends);
    sys_close(ends[0]);
    say("In another pipe nobody can read.");
    compare("a write there", E_PIPE, sys_write(ends[1], "x", 1));
}
