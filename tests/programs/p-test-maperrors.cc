// p-test-maperrors - a call about mappings with a wrong argument says which error it is, and changes
// nothing
#include "u-map.hh"

static int64_t try_map(void* address, size_t size, int prot, int flags, int fd,
                       int64_t offset = 0) {
    return int64_t(sys_mmap(address, size, prot, flags, fd, offset));
}

static void refuse_to_map(int fd) {
    void* none = nullptr;
    auto at = [](uintptr_t address) { return reinterpret_cast<void*>(address); };
    expect("no size", E_INVAL, try_map(none, 0, PROT_READ, MAP_PRIVATE, fd));
    expect("neither shared nor private", E_INVAL, try_map(none, 1, PROT_READ, 0, fd));
    expect("both", E_INVAL, try_map(none, 1, PROT_READ, MAP_SHARED | MAP_PRIVATE, fd));
    expect("an unknown flag", E_INVAL, try_map(none, 1, PROT_READ, MAP_PRIVATE | 0x1000, fd));
    expect("no permission", E_INVAL, try_map(none, 1, 8, MAP_PRIVATE, fd));
    expect("both", E_INVAL, try_map(none, 1, PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd));
    expect("an odd offset", E_INVAL, try_map(none, 1, PROT_READ, MAP_PRIVATE, fd, 1));
    expect("before the file", E_INVAL, try_map(none, 1, PROT_READ, MAP_PRIVATE, fd, -4096));
    expect("far behind it", E_OVERFLOW,
           try_map(none, 1, PROT_READ, MAP_PRIVATE, fd, INT64_MAX & -4096L));
    expect("not open", E_BADF, try_map(none, 1, PROT_READ, MAP_PRIVATE, 11));
    expect("not open", E_BADF, try_map(none, 1, PROT_READ, MAP_SHARED, -1));
    expect("the console", E_NODEV, try_map(none, 1, PROT_READ, MAP_PRIVATE, 1));
    expect("the keyboard", E_NODEV, try_map(none, 1, PROT_READ, MAP_PRIVATE, 0));
    expect("at no page", E_INVAL, try_map(end + 1, 1, PROT_READ, MAP_ZEROS | MAP_FIXED, -1));
    expect("the kernel's", E_NOMEM,
           try_map(at(PAGESIZE), 1, PROT_READ, MAP_ZEROS | MAP_FIXED, -1));
    expect("too much", E_NOMEM, try_map(none, 1UL << 60, PROT_READ, MAP_ZEROS, -1));
    expect("too much", E_NOMEM, try_map(none, SIZE_MAX, PROT_READ, MAP_ZEROS, -1));
    expect("too much to the end", E_NOMEM,
           try_map(at(0x200000), 1UL << 50, PROT_READ, MAP_ZEROS | MAP_FIXED, -1));
}

static void refuse_what_the_file_is_not_open_for() {
    int fd = open_or_fail("numbers", O_WRONLY);
    expect("not to be read", E_ACCES, try_map(nullptr, 1, PROT_READ, MAP_PRIVATE, fd));
    expect("not to be read", E_ACCES, try_map(nullptr, 1, PROT_WRITE, MAP_SHARED, fd));
    sys_close(fd);
    fd = open_or_fail("numbers", O_RDONLY);
    expect("not to be written", E_ACCES, try_map(nullptr, 1, PROT_RW, MAP_SHARED, fd));
    uint8_t* shared = map(PAGESIZE, PROT_READ, MAP_SHARED, fd);
    expect("not to be written", E_ACCES, sys_mprotect(shared, PAGESIZE, PROT_RW));
    expect("as it was", number_at(7), shared[7]);
    expect("it may be closed to all", 0, sys_mprotect(shared, PAGESIZE, PROT_NONE));
    try_at("read what is closed", read_byte, shared);
    expect("and opened", 0, sys_mprotect(shared, PAGESIZE, PROT_READ));
    expect("as it was", number_at(7), shared[7]);
    uint8_t* copy = map(PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect("as the file", number_at(7), copy[7]);
    expect("a private one may be written", 0, sys_mprotect(copy, PAGESIZE, PROT_RW));
    copy[7] = 200;
    expect("only there", number_at(7), shared[7]);
    unmap(copy, PAGESIZE);
    unmap(shared, PAGESIZE);
    sys_close(fd);
}

static void refuse_the_rest(int fd) {
    static unsigned char residents[4];
    uint8_t* two = map(2 * PAGESIZE, PROT_RW, MAP_SHARED, fd);
    auto kernels = reinterpret_cast<void*>(uintptr_t(PAGESIZE));
    expect("no size", E_INVAL, sys_munmap(two, 0));
    expect("at no page", E_INVAL, sys_munmap(two + 1, PAGESIZE));
    expect("the kernel's", E_INVAL, sys_munmap(kernels, PAGESIZE));
    expect("too much", E_INVAL, sys_munmap(two, SIZE_MAX));
    expect("nothing there is no error", 0, sys_munmap(two - PAGESIZE, PAGESIZE));
    expect("at no page", E_INVAL, sys_msync(two + 1, PAGESIZE, MS_SYNC));
    expect("an unknown flag", E_INVAL, sys_msync(two, PAGESIZE, 8));
    expect("both", E_INVAL, sys_msync(two, PAGESIZE, MS_SYNC | MS_ASYNC));
    expect("nothing there", E_NOMEM, sys_msync(two - PAGESIZE, 2 * PAGESIZE, MS_SYNC));
    expect("no page at all", 0, sys_msync(two, 0, MS_SYNC | MS_INVALIDATE));
    expect("nothing was written", 0, sys_msync(two, 2 * PAGESIZE, MS_ASYNC));
    expect("at no page", E_INVAL, sys_mincore(two + 1, PAGESIZE, residents));
    expect("nothing there", E_NOMEM, sys_mincore(two - PAGESIZE, PAGESIZE, residents));
    expect("nowhere to say so", E_FAULT,
           sys_mincore(two, PAGESIZE, static_cast<unsigned char*>(kernels)));
    expect("at no page", E_INVAL, sys_madvise(two + 1, PAGESIZE, MADV_DONTNEED));
    expect("unknown advice", E_INVAL, sys_madvise(two, PAGESIZE, 5));
    expect("unknown advice", E_INVAL, sys_madvise(two, PAGESIZE, -1));
    expect("nothing there", E_NOMEM, sys_madvise(two - PAGESIZE, 2 * PAGESIZE, MADV_DONTNEED));
    expect_numbers(two, 0, 2 * PAGESIZE);
    unmap(two, 2 * PAGESIZE);
}

// Each mapping apart from the others is one region, of which a process has only so many.
static void map_too_many() {
    uint8_t* first = map(100 * PAGESIZE, PROT_READ, MAP_ZEROS);
    unmap(first, 100 * PAGESIZE);
    int n = 0;
    int64_t r;
    for (; n < 50; ++n) {
        r = try_map(first + 2 * n * PAGESIZE, 1, PROT_READ, MAP_ZEROS | MAP_FIXED, -1);
        if (r < 0) break;
    }
    expect("at last there are too many", E_NOMEM, r);
    expect("some before", n > 5);
    expect("one that joins another is no more", int64_t(first) + PAGESIZE,
           try_map(first + PAGESIZE, 1, PROT_READ, MAP_ZEROS | MAP_FIXED, -1));
    expect("it can be cut again", 0, sys_munmap(first + PAGESIZE, PAGESIZE));
    uint8_t* last = first + 2 * (n - 1) * PAGESIZE;
    expect("the last one grows", int64_t(last) + PAGESIZE,
           try_map(last + PAGESIZE, 2 * PAGESIZE, PROT_READ, MAP_ZEROS | MAP_FIXED, -1));
    expect("but cannot be cut", E_NOMEM, sys_munmap(last + PAGESIZE, PAGESIZE));
    read_byte(uintptr_t(last + PAGESIZE));
    unmap(first, 100 * PAGESIZE);
}

void process_main() {
    memory_report before = memory_now();
    int fd = open_or_fail("numbers", O_RDWR);
    refuse_to_map(fd);
    expect("nothing is mapped", int64_t(before.resident), int64_t(memory_now().resident));
    expect("nothing is promised", int64_t(before.promised), int64_t(memory_now().promised));
    refuse_what_the_file_is_not_open_for();
    refuse_the_rest(fd);
    map_too_many();
    pass();
}
