// p-test-mapend - behind the end of a mapped file are zeros to the end of the page, and behind that
// page nothing; a file that gets another size has that size for all who have it mapped
//
//    Afterwards `tail` is 5,000 bytes `A` and 3,192 zeros, then `Z`; `cut` has 100 bytes `A`.
#include "u-map.hh"

static void read_beyond() {
    int fd = open_or_fail("numbers", O_RDONLY);
    for (int flags : {MAP_SHARED, MAP_PRIVATE}) {
        uint8_t* all = map(10 * PAGESIZE, PROT_READ, flags, fd);
        expect_numbers(all, 0, 5 * PAGESIZE);
        try_at("read beyond the file", read_byte, all + 5 * PAGESIZE);
        try_at("read far beyond the file", read_byte, all + 9 * PAGESIZE);
        expect("nor does the kernel", E_FAULT, sys_write(1, all + 5 * PAGESIZE, 1));
        unmap(all, 10 * PAGESIZE);
        all = map(PAGESIZE, PROT_READ, flags, fd, 8 * PAGESIZE);
        try_at("read a mapping beyond the file", read_byte, all);
        unmap(all, PAGESIZE);
    }
    sys_close(fd);
    fd = new_file("nothing", 0, 0);
    uint8_t* none = map(PAGESIZE, PROT_RW, MAP_SHARED, fd);
    try_at("write to an empty file", write_byte, none);
    unmap(none, PAGESIZE);
    sys_close(fd);
}

// What a process writes behind the end is never in the file, not even when the file grows.
static void write_behind_the_end() {
    int fd = new_file("tail", 5000, 'A');
    uint8_t* all = map(3 * PAGESIZE, PROT_RW, MAP_SHARED, fd);
    memset(all + 5000, 'x', 2 * PAGESIZE - 5000);
    expect("not in the file", -1, read_at(fd, 5000));
    expect("on the disk", 0, sys_msync(all, 2 * PAGESIZE, MS_SYNC));
    expect("zeros now", 0, all[5000]);
    memset(all + 5000, 'x', 2 * PAGESIZE - 5000);
    expect("longer", 1, sys_pwrite(fd, "Z", 1, 2 * PAGESIZE));
    for (int i = 5000; i < 2 * PAGESIZE; ++i) expect("zeros", 0, read_at(fd, i));
    expect("the mapping has grown with it", 'Z', all[2 * PAGESIZE]);
    unmap(all, 3 * PAGESIZE);
    sys_close(fd);
}

static void shorten() {
    int fd = new_file("cut", 3 * PAGESIZE, 'A');
    uint8_t* all = map(3 * PAGESIZE, PROT_RW, MAP_SHARED, fd);
    uint8_t* copy = map(3 * PAGESIZE, PROT_RW, MAP_PRIVATE, fd);
    for (int i = 0; i < 3; ++i) {
        all[i * PAGESIZE + 200] = 'B';
        expect("read", 'B', copy[i * PAGESIZE + 200]);
    }
    copy[300] = 'C';
    volatile uint64_t& is_cut = shared_words[0];
    is_cut = 0;
    pid_t child = start_child([&] {
        expect("there before", 'B', all[PAGESIZE + 200]);
        is_cut = 1;
        while (is_cut != 2) sys_yield();
        read_byte(uintptr_t(all + PAGESIZE));
    });
    while (is_cut != 1) sys_yield();
    expect("shortened", 0, sys_ftruncate(fd, 100));
    is_cut = 2;
    expect("the child has lost it too", STATUS_FAULTED, status_of(child));
    try_at("read what was cut off", read_byte, all + PAGESIZE);
    try_at("read what was cut off from a private mapping", read_byte, copy + 2 * PAGESIZE);
    expect("zeros behind the new end", 0, all[200]);
    expect("the copy is the process's own", 'C', copy[300]);
    expect("longer", 0, sys_ftruncate(fd, 2 * PAGESIZE));
    expect("zeros", 0, all[PAGESIZE + 200]);
    expect("zeros", 0, read_at(fd, 200));
    all[PAGESIZE] = 'Q';
    expect("shorter", 0, sys_ftruncate(fd, 100));
    unmap(all, 3 * PAGESIZE);
    unmap(copy, 3 * PAGESIZE);
    sys_close(fd);
}

void process_main() {
    read_beyond();
    write_behind_the_end();
    shorten();
    pass();
}
