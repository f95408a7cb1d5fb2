// p-test-mapfile - a mapped file has the file's bytes; what is written to a shared mapping is in the
// file, what is written to a private one is nowhere else
//
//    Afterwards `shared` is 10,000 bytes: `A`, but `B` at 0, 5000, 9999; `private` is all `A`.
#include "u-map.hh"

static void read_it() {
    int fd = open_or_fail("numbers", O_RDONLY);
    for (int flags : {MAP_PRIVATE, MAP_SHARED}) {
        uint8_t* all = map(numbers_size, PROT_READ, flags, fd);
        expect_numbers(all, 0, 5 * PAGESIZE);
        uint8_t* part = map(1, PROT_READ, flags, fd, 2 * PAGESIZE);
        expect_numbers(part, 2 * PAGESIZE, PAGESIZE);
        try_at("write to a mapping that is only read", write_byte, all);
        try_at("execute a mapping", call_byte, all);
        unmap(all, numbers_size);
        try_at("read what is mapped no more", read_byte, all);
        expect_numbers(part, 2 * PAGESIZE, PAGESIZE);
        unmap(part, 1);
    }
    sys_close(fd);
}

// The mapping outlives its descriptor, and the file cannot go as long as it is there.
static void close_it() {
    int fd = open_or_fail("numbers", O_RDONLY);
    uint8_t* all = map(numbers_size, PROT_READ, MAP_PRIVATE, fd);
    expect("closed", 0, sys_close(fd));
    expect("it is mapped", E_BUSY, sys_unlink("numbers"));
    expect("it is mapped", E_BUSY, sys_rename("other", "numbers"));
    expect_numbers(all, 0, numbers_size);
    unmap(all, numbers_size);
}

static void write_shared() {
    int fd = new_file("shared", 10000, 'A');
    uint8_t* all = map(10000, PROT_RW, MAP_SHARED, fd);
    all[0] = 'B';
    expect("sys_read sees it", 'B', read_at(fd, 0));
    expect("written by a call", 1, sys_pwrite(fd, "B", 1, 5000));
    expect("the mapping sees it", 'B', all[5000]);
    uint8_t* again = map(PAGESIZE, PROT_RW, MAP_SHARED, fd, 2 * PAGESIZE);
    again[9999 - 2 * PAGESIZE] = 'B';
    expect("both mappings are one", 'B', all[9999]);
    unmap(again, PAGESIZE);
    unmap(all, 10000);
    expect("still there", 'B', read_at(fd, 9999));
    sys_close(fd);
}

static void write_private() {
    int fd = new_file("private", 10000, 'A');
    uint8_t* one = map(10000, PROT_RW, MAP_PRIVATE, fd);
    uint8_t* two = map(10000, PROT_RW, MAP_PRIVATE, fd);
    expect("read first", 'A', one[0]);
    one[0] = 'B';
    one[9000] = 'B';                                // this page was not read
    expect("its own", 'B', one[0]);
    expect("the rest is the file's", 'A', one[1]);
    expect("its own", 'B', one[9000]);
    expect("the rest is the file's", 'A', one[9001]);
    expect("not the other's", 'A', two[0]);
    expect("not the file's", 'A', read_at(fd, 9000));
    unmap(one, 10000);
    one = map(10000, PROT_RW, MAP_PRIVATE, fd);
    expect("forgotten", 'A', one[0]);
    unmap(one, 10000);
    unmap(two, 10000);
    sys_close(fd);
}

// The kernel reads from a mapping, and writes to one, as the process would, also where both are the
// same file.
static void let_the_kernel_use_it() {
    int from = open_or_fail("numbers", O_RDONLY), to = new_file("copy", 0, 0);
    uint8_t* numbers = map(numbers_size, PROT_READ, MAP_PRIVATE, from);
    expect("all is written", int64_t(numbers_size), sys_write(to, numbers, numbers_size));
    unmap(numbers, numbers_size);
    uint8_t* copy = map(numbers_size, PROT_RW, MAP_SHARED, to);
    expect_numbers(copy, 0, numbers_size);
    memset(copy, 0, numbers_size);
    expect("read to a mapping", int64_t(numbers_size), sys_pread(from, copy, numbers_size, 0));
    expect_numbers(copy, 0, numbers_size);
    expect("from itself to itself", 8000, sys_pwrite(to, copy + 8000, 8000, 0));
    expect_numbers(copy, 8000, 5);
    for (size_t i = 0; i < 8000; ++i) expect("moved", number_at(8000 + i), copy[i]);
    expect("to itself from itself", 5000, sys_pread(to, copy + 10000, 5000, 0));
    for (size_t i = 0; i < 5000; ++i) expect("moved", number_at(8000 + i), copy[10000 + i]);
    unmap(copy, numbers_size);
    copy = map(numbers_size, PROT_READ, MAP_SHARED, to);
    expect("not to what is only read", E_FAULT, sys_pread(from, copy, 1, 0));
    unmap(copy, numbers_size);
    sys_close(to);
    expect("removed", 0, sys_unlink("copy"));
}

// Buffers none of whose pages is there yet: the kernel brings all of them.
static void let_the_kernel_touch_it_first() {
    int from = open_or_fail("numbers", O_RDONLY), to = new_file("copy", 0, 0);
    uint8_t* zeros = map(4 * PAGESIZE, PROT_RW, MAP_ZEROS);
    expect("all is read", 9000, sys_pread(from, zeros + 1000, 9000, 0));
    expect_numbers(zeros + 1000, 0, 9000);
    uint8_t* numbers = map(numbers_size, PROT_READ, MAP_PRIVATE, from);
    expect("all is written", 9000, sys_write(to, numbers + 1000, 9000));
    for (int i = 0; i < 9000; i += 100) expect("a byte", number_at(1000 + i), read_at(to, i));
    unmap(zeros, 4 * PAGESIZE);
    unmap(numbers, numbers_size);
    sys_close(from);
    sys_close(to);
    expect("removed", 0, sys_unlink("copy"));
}

// Of pages that are in the cache, one fault maps up to 16; others come only when they are touched.
static void come_lazily() {
    int fd = open_or_fail("numbers", O_RDONLY);
    uint64_t before = memory_now().faults[FAULT_FILE];
    uint8_t* all = map(numbers_size, PROT_READ, MAP_PRIVATE, fd);
    expect("nothing is there yet", 0, int64_t(mapping_of(all).perm));
    read_byte(uintptr_t(all));
    expect("one fault", int64_t(before + 1), int64_t(memory_now().faults[FAULT_FILE]));
    for (size_t i = 0; i < numbers_size; i += PAGESIZE) {
        expect("it is mapped", mapping_of(all + i).perm & PTE_P);
        expect("nobody may write to the file's page", !(mapping_of(all + i).perm & PTE_W));
    }
    unmap(all, numbers_size);
    sys_close(fd);
}

void process_main() {
    read_it();
    close_it();
    write_shared();
    write_private();
    let_the_kernel_use_it();
    let_the_kernel_touch_it_first();
    come_lazily();
    pass();
}
