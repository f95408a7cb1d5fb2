// p-descriptors - what a process's descriptors are after fork
//
//    Parent and child have the same open file, with one place where the next byte is read; who
//    opens the file again has a place of its own.
//    Boot words: files=on
#include "u-file.hh"
#include "u-lecture.hh"

static char letters[5];

// The next four letters of the file
static const char* next_letters(int fd) {
    int64_t n = sys_read(fd, letters, 4);
    letters[max(n, int64_t(0))] = '\0';
    return letters;
}

void process_main() {
    int fd = sys_open("numbers.txt", O_RDONLY);
    if (fd < 0) return say("There is no numbers.txt on the disk: %s.", strerror(fd));
    say("A file is open as descriptor %d; its first letters are \"%s\".", fd, next_letters(fd));
    pid_t child = sys_fork();
    if (child == 0) {
        sys_lseek(fd, 20, SEEK_SET);
        say("The child goes to place 20 of the file, and reads \"%s\".", next_letters(fd));
        sys_close(fd);
        sys_exit();
    }
    sys_wait(child);
    compare("the child has moved the parent's place too", 24, sys_lseek(fd, 0, SEEK_CUR));
    check("the child has closed its descriptor, not the parent's", sys_read(fd, letters, 1) == 1);
    int again = sys_open("numbers.txt", O_RDONLY);
    say("The file is opened again, as descriptor %d.", again);
    compare("that one has a place of its own", 0, sys_lseek(again, 0, SEEK_CUR));
    int copy = sys_dup2(fd, 9);
    sys_lseek(copy, 100, SEEK_SET);
    compare("a copy of a descriptor has none", 100, sys_lseek(fd, 0, SEEK_CUR));
}
