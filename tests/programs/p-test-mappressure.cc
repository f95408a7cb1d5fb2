// p-test-mappressure - pages of mapped files give way when memory is wanted, clean ones at once and
// dirty ones when the disk has them; a process goes on with a file when a single page is free
//
//    Afterwards `pressed` is 40 pages, the first byte of each its number plus 1.
#include "u-map.hh"

constexpr unsigned file_pages = 40;
static unsigned ntaken;

// Take all memory there is but `left` pages.
static void take_all_but(unsigned left) {
    while (sys_page_alloc(page(ntaken)) == 0) ++ntaken;
    for (; left > 0; --left) expect("given back", 0, sys_page_free(page(--ntaken)));
}

static void give_all_back() {
    while (ntaken > 0) sys_page_free(page(--ntaken));
}

static void read_with_little(unsigned left) {
    int fd = open_or_fail("numbers", O_RDONLY);
    uint8_t* all = map(numbers_size, PROT_READ, MAP_SHARED, fd);
    read_byte(uintptr_t(all));          // so that its page table is there
    take_all_but(left);
    for (int i = 0; i < 3; ++i) expect_numbers(all, 0, numbers_size);
    give_all_back();
    unmap(all, numbers_size);
    sys_close(fd);
}

// The copy is the file's page itself, if there is no other.
static void copy_with_one_page() {
    int fd = open_or_fail("numbers", O_RDONLY);
    uint8_t* all = map(numbers_size, PROT_RW, MAP_PRIVATE, fd);
    read_byte(uintptr_t(all));
    take_all_but(1);
    all[PAGESIZE] = 99;
    expect("its own", 99, all[PAGESIZE]);
    give_all_back();
    uint8_t byte;
    sys_pread(fd, &byte, 1, PAGESIZE);
    expect("not the file's", number_at(PAGESIZE), byte);
    expect_numbers(all + PAGESIZE + 1, PAGESIZE + 1, PAGESIZE);
    unmap(all, numbers_size);
    sys_close(fd);
}

static void write_with_little() {
    int fd = new_file("pressed", file_pages * PAGESIZE, 0);
    expect("on the disk", 0, sys_fsync(fd));
    uint8_t* all = map(file_pages * PAGESIZE, PROT_RW, MAP_SHARED, fd);
    read_byte(uintptr_t(all));
    take_all_but(5);
    for (unsigned n = 0; n < file_pages; ++n) all[n * PAGESIZE] = uint8_t(n);
    for (unsigned n = 0; n < file_pages; ++n) {
        expect("what was written", n, all[n * PAGESIZE]);
        ++all[n * PAGESIZE];
    }
    give_all_back();
    unmap(all, file_pages * PAGESIZE);
    sys_close(fd);
}

// Parent and child share the page table that has a mapping; its pages go from both.
static void share_a_table() {
    int fd = open_or_fail("numbers", O_RDONLY);
    uint8_t* all = map(numbers_size, PROT_READ, MAP_PRIVATE, fd);
    expect_numbers(all, 0, numbers_size);
    volatile uint64_t& turn = shared_words[0];
    turn = 0;
    pid_t child = start_child([&] {
        while (turn != 1) sys_yield();
        expect_numbers(all, 0, numbers_size);
    });
    yield_often();
    take_all_but(12);
    turn = 1;
    expect_numbers(all, 0, numbers_size);
    expect("the child ended well", 0, status_of(child));
    give_all_back();
    unmap(all, numbers_size);
    sys_close(fd);
}

void process_main() {
    for (unsigned left : {1, 2, 3, 10}) read_with_little(left);
    copy_with_one_page();
    write_with_little();
    share_a_table();
    pass();
}
