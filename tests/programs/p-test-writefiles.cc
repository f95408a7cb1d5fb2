// p-test-writefiles - files are made, written, extended, shortened, renamed and removed; what is
// wrong with a call is said, and changes nothing
//
//    The disk has `numbers`, as for p-test-files. Afterwards it has `kept`, 30,000 bytes, of which
//    byte n is n % 251, `hole`, a letter after 9,999 zeros, and `short`, "xyz".
#include "u-file.hh"
#include "u-test.hh"

static uint8_t buffer[30000], found[30001];

static int make(const char* name) {
    int fd = sys_open(name, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 3) log_printf("%s: %d", name, fd);
    expect("a new file", fd >= 3);
    expect("it is there only once", E_EXIST, sys_open(name, O_RDWR | O_CREAT | O_EXCL));
    return fd;
}

static void expect_contents(int fd, const uint8_t* contents, int64_t size) {
    expect("its size", size, sys_pread(fd, found, sizeof(found), 0));
    expect("its contents", memcmp(found, contents, size_t(size)) == 0);
}

static void write_in_parts() {
    int fd = make("parts");
    for (int64_t done = 0; done < 30000;) {
        int64_t size = min(done % 1711 + 1, 30000 - done);
        expect("all is written", size, sys_write(fd, buffer + done, size_t(size)));
        done += size;
        if (done % 5 == 0) expect("it is on the disk", 0, sys_fsync(fd));
    }
    expect_contents(fd, buffer, 30000);
    expect("written in the middle", 3, sys_pwrite(fd, "abc", 3, 4095));
    expect("synced", 0, sys_fsync(fd));
    expect("written back", 3, sys_pwrite(fd, buffer + 4095, 3, 4095));
    expect_contents(fd, buffer, 30000);
    expect("open", E_BUSY, sys_unlink("parts"));
    expect("closed", 0, sys_close(fd));
    expect("renamed", 0, sys_rename("parts", "kept"));
    expect("gone", E_NOENT, sys_open("parts", O_RDONLY));
    expect("renamed to itself", 0, sys_rename("kept", "./kept"));
    fd = sys_open("kept", O_RDONLY);
    expect_contents(fd, buffer, 30000);
    expect("not to be written", E_BADF, sys_write(fd, "x", 1));
    sys_close(fd);
}

static void change_sizes() {
    int fd = make("sizes");
    for (int64_t size : {30000L, 1L, 512L, 513L, 4096L, 29999L, 5000L, 0L, 30000L}) {
        expect("written", 30000, sys_pwrite(fd, buffer, 30000, 0));
        expect("shortened", 0, sys_ftruncate(fd, size));
        expect_contents(fd, buffer, size);
        expect("lengthened", 0, sys_ftruncate(fd, size + 1));
        expect("one more byte", 1, sys_pread(fd, found, 10, size));
        expect("a zero", 0, found[0]);
    }
    sys_close(fd);
    fd = sys_open("sizes", O_WRONLY | O_TRUNC);
    file_info info;
    sys_fstat(fd, &info);
    expect("empty", 0, int64_t(info.size));
    sys_close(fd);
    fd = sys_open("sizes", O_WRONLY | O_APPEND);
    expect("at its end", 2, sys_write(fd, "xy", 2));
    sys_lseek(fd, 0, SEEK_SET);
    expect("at its end again", 1, sys_write(fd, "z", 1));
    sys_close(fd);
    expect("renamed", 0, sys_rename("sizes", "short"));
    fd = sys_open("short", O_RDONLY);
    expect_contents(fd, reinterpret_cast<const uint8_t*>("xyz"), 3);
    sys_close(fd);
}

static void leave_a_hole() {
    int fd = make("hole");
    expect("behind the end", 1, sys_pwrite(fd, "x", 1, 9999));
    expect("all", 10000, sys_pread(fd, found, sizeof(found), 0));
    for (int i = 0; i < 9999; ++i) expect("a zero", 0, found[i]);
    expect("the letter", 'x', found[9999]);
    expect("synced", 0, sys_sync());
    sys_close(fd);
}

static void replace_and_remove() {
    sys_close(make("one"));
    int fd = make("two");
    sys_write(fd, "two", 3);
    sys_close(fd);
    expect("two becomes one", 0, sys_rename("two", "one"));
    fd = sys_open("one", O_RDONLY);
    expect_contents(fd, reinterpret_cast<const uint8_t*>("two"), 3);
    expect("it is open", E_BUSY, sys_rename("numbers", "one"));
    sys_close(fd);
    expect("removed", 0, sys_unlink("one"));
    expect("gone", E_NOENT, sys_unlink("one"));
    expect("gone", E_NOENT, sys_rename("one", "two"));
    expect("removed", 0, sys_unlink("numbers"));
}

static void refuse_nonsense() {
    int fd = make("refused");
    expect("no memory of ours", E_FAULT, sys_write(fd, reinterpret_cast<void*>(8), 1));
    expect("before the beginning", E_INVAL, sys_pwrite(fd, "x", 1, -1));
    expect("too large", E_FBIG, sys_pwrite(fd, "x", 1, INT64_MAX));
    expect("a full disk", E_NOSPC, sys_pwrite(fd, "x", 1, 1L << 32));
    expect("a full disk", E_NOSPC, sys_ftruncate(fd, 1L << 32));
    expect("a negative size", E_INVAL, sys_ftruncate(fd, -1));
    expect("no name", E_INVAL, sys_open("", O_RDWR | O_CREAT));
    expect("a folder", E_INVAL, sys_open("folder/", O_RDWR | O_CREAT));
    expect("no name", E_INVAL, sys_rename("kept", ""));
    expect("nothing to sync", E_BADF, sys_fsync(11));
    expect("as it was", 0, sys_pread(fd, found, 1, 0));
    sys_close(fd);
    expect("removed", 0, sys_unlink("refused"));
}

// Changes that come down to less than they seem to
static void change_little() {
    char name[150];
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    int fd = make(name);                // its name takes headers of its own
    expect("written", 9000, sys_write(fd, buffer, 9000));
    expect("on the disk", 0, sys_fsync(fd));
    expect("written in place", 3, sys_pwrite(fd, buffer, 3, 5000));
    expect("on the disk, as large as before", 0, sys_fsync(fd));
    memcpy(buffer + 5000, buffer, 3);
    expect_contents(fd, buffer, 9000);
    for (int i = 5000; i < 5003; ++i) buffer[i] = uint8_t(i % 251);
    sys_close(fd);
    expect("removed", 0, sys_unlink(name));
    fd = make("brief");
    expect("written", 100, sys_write(fd, buffer, 100));
    expect("cut before the disk had it", 0, sys_ftruncate(fd, 0));
    expect("written", 100, sys_write(fd, buffer, 100));
    int again = sys_open("brief", O_WRONLY | O_TRUNC);
    expect("emptied before the disk had it", 0, sys_lseek(again, 0, SEEK_END));
    expect("on the disk", 0, sys_fsync(again));
    sys_close(again);
    sys_close(fd);
    expect("removed", 0, sys_unlink("brief"));
}

void process_main() {
    for (int i = 0; i < 30000; ++i) buffer[i] = uint8_t(i % 251);
    write_in_parts();
    change_sizes();
    leave_a_hole();
    replace_and_remove();
    refuse_nonsense();
    change_little();
    pass();
}
