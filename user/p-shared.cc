// p-shared - a child and its parent have one shared and one private mapping of the same file
//
//    What the child writes to the shared one, the parent sees; what it writes to the private one is
//    in a copy that nobody else has.
//    Boot words: files=on pace=0
#include "u-lecture.hh"
#include "u-mman.hh"

static volatile char* map(int fd, int flags) {
    void* mapped = sys_mmap(nullptr, PAGESIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (is_error(uintptr_t(mapped))) panic("mmap: %s", strerror(int(int64_t(mapped))));
    return static_cast<volatile char*>(mapped);
}

void process_main() {
    int fd = sys_open("kinglet.txt", O_RDWR);
    if (fd < 0) panic("kinglet.txt: %s", strerror(fd));
    volatile char* shared = map(fd, MAP_SHARED);
    volatile char* copy = map(fd, MAP_PRIVATE);
    char before = shared[0];
    say("One file, mapped twice: shared and private. Both have its first letter.");
    check("it is the same letter", copy[0] == before);
    check("and the same page of memory", page_of(shared) == page_of(copy));
    pid_t child = sys_fork();
    if (child == 0) {
        say("child: write to the shared mapping.");
        shared[0] = '*';
        check("child: it is still the file's page", page_of(shared) == page_of(copy));
        say("child: write to the private mapping. It gets a copy.");
        copy[0] = '+';
        check("child: that is another page now", page_of(shared) != page_of(copy));
        sys_exit();
    }
    sys_wait(child);
    check("parent: the shared mapping has what the child wrote there", shared[0] == '*');
    check("parent: so has its private one, still the file's page", copy[0] == '*');
    shared[0] = before;
}
