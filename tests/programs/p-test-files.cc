// p-test-files - files are read as they are on the disk, from any place, into any memory of a
// process's own; what is wrong with a call is said
//
//    The disk has `numbers`, 20,000 bytes, of which byte n is n % 251, `empty`, and `folder/one`,
//    the letter x.
#include "u-file.hh"
#include "u-test.hh"

constexpr int64_t size = 20000;

static bool is_right(const uint8_t* bytes, int64_t first, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        if (bytes[i] != (first + i) % 251) return false;
    }
    return true;
}

static void read_places(int fd) {
    static uint8_t buffer[size + 100];
    for (int64_t place : {0L, 1L, 511L, 4095L, 4096L, 8191L, 19999L}) {
        for (int64_t n : {0L, 1L, 2L, 512L, 4096L, 4097L, 9000L, size + 100}) {
            memset(buffer, 0xEE, sizeof(buffer));
            int64_t expected = min(n, size - place);
            expect("as much as there is", expected, sys_pread(fd, buffer, size_t(n), place));
            expect("the right bytes", is_right(buffer, place, expected));
            expect("no more", buffer[expected] == 0xEE);
        }
    }
    expect("nothing at the end", 0, sys_pread(fd, buffer, 10, size));
    expect("nothing behind it", 0, sys_pread(fd, buffer, 10, INT64_MAX));
    expect("a place before the beginning", E_INVAL, sys_pread(fd, buffer, 10, -1));
}

static void read_on(int fd) {
    uint8_t buffer[300];
    int64_t all = 0, n;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
        expect("the next bytes", is_right(buffer, all, n));
        all += n;
    }
    expect("the end", 0, n);
    expect("all of the file", size, all);
    expect("where it is", size, sys_lseek(fd, 0, SEEK_CUR));
    expect("the end", size - 1, sys_lseek(fd, -1, SEEK_END));
    expect("the last byte", 1, sys_read(fd, buffer, 2));
    expect("before the beginning", E_INVAL, sys_lseek(fd, -1, SEEK_SET));
    expect("too far", E_INVAL, sys_lseek(fd, INT64_MAX, SEEK_CUR));
    expect("no such way", E_INVAL, sys_lseek(fd, 0, 3));
    expect("it is where it was", size, sys_lseek(fd, 0, SEEK_CUR));
    expect("behind the end", size + 5, sys_lseek(fd, 5, SEEK_CUR));
    expect("nothing", 0, sys_read(fd, buffer, 1));
}

// Heap that is only promised, a page shared with a child, a page of zeros; the same page twice
static void read_to_any_memory(int fd) {
    auto heap = static_cast<uint8_t*>(sys_sbrk(5 * PAGESIZE));
    expect("into a promise", size, sys_pread(fd, heap, size, 0));
    expect("the right bytes", is_right(heap, 0, size));
    pid_t child = sys_fork();
    if (child == 0) {
        expect("into a shared page", 4096, sys_pread(fd, heap + 100, 4096, 7));
        expect("the right bytes", is_right(heap + 100, 7, 4096));
        sys_exit();
    }
    int status;
    sys_wait(child, &status);
    expect("a child without trouble", 0, status);
    expect("the parent's bytes", is_right(heap, 0, size));
}

static void refuse_nonsense(int fd) {
    file_info info;
    char name[300];
    for (uintptr_t address : {uintptr_t(0), uintptr_t(KERNEL_START_ADDR), uintptr_t(VA_LOWEND)}) {
        auto pointer = reinterpret_cast<char*>(address);
        expect("no memory of ours", E_FAULT, sys_pread(fd, pointer, 10, 0));
        expect("no memory of ours", E_FAULT, sys_open(pointer, O_RDONLY));
        expect("no memory of ours", E_FAULT, sys_fstat(fd, reinterpret_cast<file_info*>(address)));
        expect("no memory of ours", E_FAULT, sys_readdir(0, reinterpret_cast<file_info*>(address)));
    }
    expect("code of ours", E_FAULT, sys_pread(fd, reinterpret_cast<void*>(refuse_nonsense), 10, 0));
    for (int none : {-1, 9, descriptor_limit, 1 << 30}) {
        expect("no file", E_BADF, sys_read(none, name, 1));
        expect("no file", E_BADF, sys_pread(none, name, 1, 0));
        expect("no file", E_BADF, sys_lseek(none, 0, SEEK_SET));
        expect("no file", E_BADF, sys_fstat(none, &info));
        expect("no file", E_BADF, sys_close(none));
        expect("no file", E_BADF, sys_dup2(none, 5));
        if (none != 9) expect("no descriptor", E_BADF, sys_dup2(fd, none));
    }
    expect("no such file", E_NOENT, sys_open("nothing", O_RDONLY));
    expect("no such file", E_NOENT, sys_stat("folder", &info));
    expect("no such flag", E_INVAL, sys_open("numbers", 1 << 20));
    expect("no such mode", E_INVAL, sys_open("numbers", O_ACCMODE));
    memset(name, 'x', sizeof(name));
    name[255] = '\0';
    expect("a long name", E_NOENT, sys_open(name, O_RDONLY));
    name[255] = 'x', name[256] = '\0';
    expect("too long a name", E_NAMETOOLONG, sys_open(name, O_RDONLY));
    expect("the console has no place", E_SPIPE, sys_lseek(1, 0, SEEK_SET));
    expect("nor that", E_SPIPE, sys_pread(0, name, 1, 0));
    expect("nothing is read from what is printed", E_BADF, sys_read(1, name, 1));
}

static void look_around() {
    file_info info;
    expect("a file", 0, sys_stat("numbers", &info));
    expect("its size", size, int64_t(info.size));
    expect("its pages in memory", 5, int64_t(info.cached));
    expect("in a folder", 0, sys_stat("/folder/one", &info));
    expect("its name", strcmp(info.name, "folder/one") == 0);
    int files = 0;
    for (int next = 0; (next = sys_readdir(next, &info)) > 0;) ++files;
    expect("files", 3, files);
    expect("before the first", E_INVAL, sys_readdir(-1, &info));
}

// Copies of a descriptor and those of a child move the same place; others do not.
static void share_places(int fd) {
    uint8_t buffer[10];
    sys_lseek(fd, 100, SEEK_SET);
    expect("another name", 7, sys_dup2(fd, 7));
    expect("itself", fd, sys_dup2(fd, fd));
    int other = sys_open("numbers", O_RDONLY);
    expect("bytes", 10, sys_read(7, buffer, 10));
    pid_t child = sys_fork();
    if (child == 0) {
        expect("bytes", 10, sys_read(fd, buffer, 10));
        sys_close(7);
        sys_exit();
    }
    sys_wait(child, nullptr);
    expect("the place that all moved", 120, sys_lseek(7, 0, SEEK_CUR));
    expect("a place of its own", 0, sys_lseek(other, 0, SEEK_CUR));
    expect("closed", 0, sys_close(fd));
    expect("still open by its other name", 10, sys_read(7, buffer, 10));
    expect("the right bytes", is_right(buffer, 120, 10));
    sys_close(7);
    sys_close(other);
}

static void open_many() {
    for (int round = 0; round < 20; ++round) {
        int fd = 3;
        while (fd < descriptor_limit) expect("the next", fd++, sys_open("folder/one", O_RDONLY));
        expect("too many", E_MFILE, sys_open("folder/one", O_RDONLY));
        while (fd > 3) expect("closed", 0, sys_close(--fd));
    }
    // those of processes that have ended do not count
    for (int i = 0; i < 12; ++i) {
        pid_t child = sys_fork();
        if (child == 0) {
            for (int fd = 3; fd < descriptor_limit; ++fd) {
                expect("the next", fd, sys_open("empty", O_RDONLY));
            }
            sys_exit();
        }
        int status;
        sys_wait(child, &status);
        expect("a child without trouble", 0, status);
    }
}

void process_main() {
    int fd = sys_open("numbers", O_RDONLY);
    expect("the first free descriptor", 3, fd);
    read_places(fd);
    read_on(fd);
    read_to_any_memory(fd);
    refuse_nonsense(fd);
    look_around();
    share_places(fd);
    open_many();
    pass();
}
