// p-test-giveup - pages of files give way when a process wants memory, and come back when they are
// read again
//
//    The disk has `large`, of 100 pages.
#include "u-file.hh"
#include "u-test.hh"

static uint8_t buffer[PAGESIZE];

static void read_all() {
    int fd = sys_open("large", O_RDONLY);
    int64_t all = 0, n;
    while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) all += n;
    expect("all of it", 100 * PAGESIZE, all);
    sys_close(fd);
}

static uint64_t pages_in_memory() {
    file_info info;
    expect("the file", 0, sys_stat("large", &info));
    return info.cached;
}

void process_main() {
    read_all();
    expect("pages in memory", 100, int64_t(pages_in_memory()));
    memory_report report;
    sys_memory(&report);
    uint64_t taken = 0;
    void* promise = sys_sbrk(PAGESIZE);              // of the page before those that are taken
    expect("where it is", promise == page(0));
    while (sys_page_alloc(page(taken + 1)) == 0) ++taken;
    expect("more than were free", taken >= report.free + 90);
    expect("none of the file's pages", 0, int64_t(pages_in_memory()));
    int fd = sys_open("large", O_RDONLY);
    expect("no memory for any", E_NOMEM, sys_read(fd, buffer, 1));
    expect("one page", 0, sys_page_free(page(taken)));
    expect("no memory for the file's page and the promised one", E_NOMEM, sys_read(fd, promise, 1));
    for (uint64_t n = taken - 10; n < taken; ++n) sys_page_free(page(n));
    read_all();
    expect("some pages in memory", pages_in_memory() > 0);
    pass();
}
