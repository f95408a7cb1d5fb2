// u-map.hh - for programs that test mappings: files whose bytes can be foretold
#ifndef KINGLET_U_MAP_HH
#define KINGLET_U_MAP_HH
#include "u-mman.hh"
#include "u-test.hh"

constexpr int PROT_RW = PROT_READ | PROT_WRITE;
constexpr int MAP_ZEROS = MAP_PRIVATE | MAP_ANONYMOUS;
constexpr int MAP_COMMON = MAP_SHARED | MAP_ANONYMOUS;

// Byte `n` of the file `numbers`, which has `numbers_size` bytes
constexpr size_t numbers_size = 20000;
constexpr uint8_t number_at(size_t n) { return n < numbers_size ? uint8_t(n % 251) : 0; }

// open_or_fail(name, flags)
inline int open_or_fail(const char* name, int flags) {
    int fd = sys_open(name, flags);
    if (fd < 0) log_printf("%s: error %d", name, fd);
    expect("an open file", fd >= 0);
    return fd;
}

// map(size, prot, flags, fd, offset)
//    A mapping, wherever it is.
inline uint8_t* map(size_t size, int prot, int flags, int fd = -1, int64_t offset = 0) {
    void* address = sys_mmap(nullptr, size, prot, flags, fd, offset);
    if (is_error(uintptr_t(address))) log_printf("sys_mmap: error %ld", int64_t(address));
    expect("a mapping", !is_error(uintptr_t(address)));
    expect("at a page", uintptr_t(address) % PAGESIZE == 0);
    return static_cast<uint8_t*>(address);
}

// map_at(address, size, prot, flags, fd, offset)
//    A mapping exactly there.
inline void map_at(void* address, size_t size, int prot, int flags, int fd = -1,
                   int64_t offset = 0) {
    expect("a mapping there", int64_t(address),
           int64_t(sys_mmap(address, size, prot, flags | MAP_FIXED, fd, offset)));
}

inline void unmap(void* address, size_t size) {
    expect("unmapped", 0, sys_munmap(address, size));
}

// expect_numbers(found, first, size)
//    `found` has bytes `first` to `first + size` of `numbers`, and zeros behind its end.
inline void expect_numbers(const uint8_t* found, size_t first, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        if (found[i] == number_at(first + i)) continue;
        log_printf("not ok: byte %zu is %d, expected %d", first + i, found[i],
                   number_at(first + i));
        sys_exit(1);
    }
}

// read_at(fd, offset)
//    One byte of a file, as `sys_pread` has it; -1 behind the end.
inline int read_at(int fd, int64_t offset) {
    uint8_t byte;
    int64_t n = sys_pread(fd, &byte, 1, offset);
    return n == 1 ? byte : -1;
}

// new_file(name, size, byte)
//    A new file of so many equal bytes, open.
inline int new_file(const char* name, size_t size, uint8_t byte) {
    static uint8_t bytes[PAGESIZE];
    int fd = open_or_fail(name, O_RDWR | O_CREAT | O_TRUNC);
    memset(bytes, byte, sizeof(bytes));
    for (size_t done = 0; done < size;) {
        size_t n = min(size - done, sizeof(bytes));
        expect("written", int64_t(n), sys_write(fd, bytes, n));
        done += n;
    }
    return fd;
}

// try_at(name, run, address)
//    In a child, do to the byte at `address` what no process may do there.
inline void try_at(const char* name, void (*run)(uintptr_t), const volatile void* address) {
    try_in_child({name, run, reinterpret_cast<uintptr_t>(address)});
}

#endif
