// p-test-crash - random calls that change files, for tests/crash.py, which follows them and looks
// at the disk after each write
//
//    The file `seed` has a number with which they begin, and how many calls there are. Before each
//    call it logs what it does: `do N CALL ...`, and then `did N RESULT`. Byte i that call N writes
//    is (31 * N + i) % 251.
#include "u-file.hh"
#include "u-random.hh"
#include "u-test.hh"

static const char* const names[] = {"a", "b", "c", "folder/d",
                                    ("a long name, longer than the hundred bytes which the first "
                                     "header of an archive has for it, and so in another one")};
constexpr uint64_t most = 9000;         // bytes of one write
static uint8_t buffer[most];
static bool is_long;                    // a run of many calls

static const char* any_name() { return names[below(5)]; }

static void log_result(int number, int64_t result) {
    log_printf("did %d %ld", number, result);
}

// Open a file, call `function(fd)`, close it. Returns what the call returned, or an error.
template <typename F>
static int64_t with_file(const char* name, int flags, F function) {
    int fd = sys_open(name, O_RDWR | flags);
    if (fd < 0) return fd;
    int64_t result = function(fd);
    sys_close(fd);
    return result;
}

static void write_somewhere(int n) {
    const char* name = any_name();
    uint64_t size = one_in(3) ? below(most) : below(300), offset = below(20000);
    for (uint64_t i = 0; i < size; ++i) buffer[i] = uint8_t((31 * uint64_t(n) + i) % 251);
    log_printf("do %d write %lu %lu %s", n, offset, size, name);
    log_result(n, with_file(name, O_CREAT, [&](int fd) {
                   return sys_pwrite(fd, buffer, size, int64_t(offset));
               }));
}

static void resize(int n) {
    const char* name = any_name();
    uint64_t size = below(25000);
    log_printf("do %d resize %lu %s", n, size, name);
    log_result(n, with_file(name, 0, [&](int fd) { return sys_ftruncate(fd, int64_t(size)); }));
}

static void empty(int n) {
    const char* name = any_name();
    log_printf("do %d empty %s", n, name);
    log_result(n, with_file(name, O_CREAT | O_TRUNC, [&](int) { return 0; }));
}

static void rename(int n) {
    uint64_t from = below(5), to = (from + 1 + below(4)) % 5;
    log_printf("do %d rename %lu %lu", n, from, to);
    log_result(n, sys_rename(names[from], names[to]));
}

static void remove(int n) {
    const char* name = any_name();
    log_printf("do %d remove %s", n, name);
    log_result(n, sys_unlink(name));
}

static void make_call(int n) {
    switch (below(12)) {
    case 0: return resize(n);
    case 1: return empty(n);
    case 2: return rename(n);
    case 3: return remove(n);
    case 4: with_file(any_name(), 0, [](int fd) { return sys_fsync(fd); }); return;
    case 5: sys_sync(); return;
    case 6: sys_sleep(is_long && one_in(20) ? 6000 : 10); return;   // the kernel writes by itself
    default: write_somewhere(n);
    }
}

void process_main() {
    char text[40] = "";
    with_file("seed", 0, [&](int fd) { return sys_read(fd, text, sizeof(text) - 1); });
    char* rest;
    random_state = strtoul(text, &rest, 10);
    int calls = int(strtoul(rest, nullptr, 10));
    expect("a number of calls", calls > 0);
    is_long = calls >= 200;
    for (int i = 0; i < 5; ++i) log_printf("name %d %s", i, names[i]);
    for (int n = 1; n <= calls; ++n) make_call(n);
    pass();
}
