// p-bench-files - what calls about files and mapped files cost, in instructions
//
//    As p-bench, in the big machine. The disk has `large`, 1 MiB, of which nothing is in memory at
//    first.
#include "u-bench.hh"
#include "u-map.hh"

constexpr unsigned pages = 256;
constexpr size_t size = pages * PAGESIZE;
constexpr unsigned rounds = 100;
static uint8_t buffer[size];

static void bench_disk(int fd) {
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < pages; ++i) {
        if (sys_read(fd, buffer, PAGESIZE) != PAGESIZE) fail("a page");
    }
    report("disk_read_4k", start, pages);
}

static void bench_open() {
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < rounds; ++i) sys_close(sys_open("large", O_RDONLY));
    report("open_close", start, rounds);
}

static void bench_read(int fd) {
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < rounds; ++i) sys_pread(fd, buffer, 1, 100);
    report("read_1", start, rounds);
    start = rdtsc();
    for (unsigned i = 0; i < rounds; ++i) sys_pread(fd, buffer, PAGESIZE, 0);
    report("read_4k", start, rounds);
    memset(buffer, 1, size);
    start = rdtsc();
    int64_t n = sys_pread(fd, buffer, size, 0);
    report("read_1m", start, 1);
    expect("all is read", size, n);
    start = rdtsc();
    for (unsigned i = 0; i < rounds; ++i) sys_pwrite(fd, buffer, PAGESIZE, 0);
    report("write_4k", start, rounds);
}

// One page is mapped, touched and unmapped again and again. How long that takes is counted apart:
// for the call, for the touch by `run`, and for the end.
struct costs {
    uint64_t map, touch, unmap;
};

static costs map_often(int fd, int prot, int flags, void (*run)(uintptr_t)) {
    costs all = {};
    for (unsigned i = 0; i < rounds; ++i) {
        uint64_t start = rdtsc();
        void* page = sys_mmap(nullptr, PAGESIZE, prot, flags, fd, 0);
        uint64_t mapped = rdtsc();
        if (run) run(uintptr_t(page));
        uint64_t touched = rdtsc();
        if (sys_munmap(page, PAGESIZE) < 0) fail("a mapping");
        all.map += mapped - start;
        all.touch += touched - mapped;
        all.unmap += rdtsc() - touched;
    }
    return all;
}

static void bench_mappings(int fd) {
    uint8_t* kept = map(PAGESIZE, PROT_READ, MAP_SHARED, fd);       // its page table stays
    read_byte(uintptr_t(kept));
    uint64_t faults = memory_now().faults[FAULT_FILE], copies = memory_now().faults[FAULT_COPY];
    costs untouched = map_often(fd, PROT_READ, MAP_SHARED, nullptr);
    log_printf("bench mmap=%lu", untouched.map / rounds);
    log_printf("bench munmap=%lu", untouched.unmap / rounds);
    costs read = map_often(fd, PROT_READ, MAP_SHARED, read_byte);
    log_printf("bench file_fault=%lu", read.touch / rounds);
    costs written = map_often(fd, PROT_RW, MAP_PRIVATE, write_byte);
    log_printf("bench file_copy=%lu", written.touch / rounds);
    expect("faults", rounds, int64_t(memory_now().faults[FAULT_FILE] - faults));
    expect("copies", rounds, int64_t(memory_now().faults[FAULT_COPY] - copies));
    uint64_t start = rdtsc();
    uint8_t* all = map(size, PROT_READ, MAP_SHARED, fd);
    for (size_t i = 0; i < size; i += PAGESIZE) read_byte(uintptr_t(all + i));
    report("map_read_1m", start, 1);
    expect("few faults", memory_now().faults[FAULT_FILE] - faults <= rounds + pages / 16 + 1);
}

void process_main() {
    memset(buffer, 1, size);
    int fd = open_or_fail("large", O_RDWR);
    bench_disk(fd);
    bench_open();
    bench_read(fd);
    bench_mappings(fd);
    pass();
}
