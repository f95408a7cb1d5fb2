// p-sort - sorts the lines of a file where they are, in memory that is the file
//
//    numbers.txt has lines of 64 bytes. They are sorted by what is written there backwards, with a
//    heap sort, which goes all over the file. A file larger than the machine's memory is sorted in
//    the same way, page by page as it is touched, where a process's addresses suffice (the big
//    machine).
//    Boot words: files=on view=text
#include "u-mman.hh"

struct line {
    char text[64];
};

// Whether `a` comes before `b`, both read from their ends.
static bool is_less(const line& a, const line& b) {
    for (size_t i = sizeof(a.text); i-- > 0;) {
        if (a.text[i] != b.text[i]) return a.text[i] < b.text[i];
    }
    return false;
}

static void swap(line& a, line& b) {
    line kept = a;
    a = b;
    b = kept;
}

// `lines[root]` may be too small for its place in the heap `[0, n)`.
static void sink(line* lines, size_t root, size_t n) {
    while (2 * root + 1 < n) {
        size_t child = 2 * root + 1;
        if (child + 1 < n && is_less(lines[child], lines[child + 1])) ++child;
        if (!is_less(lines[root], lines[child])) return;
        swap(lines[root], lines[child]);
        root = child;
    }
}

void process_main(int argc, char** argv) {
    const char* name = argc > 1 ? argv[1] : "numbers.txt";
    int fd = sys_open(name, O_RDWR);
    if (fd < 0) panic("%s: %s", name, strerror(fd));
    file_info info;
    if (int r = sys_fstat(fd, &info); r < 0) panic("%s: %s", name, strerror(r));
    void* mapped = sys_mmap(nullptr, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (is_error(uintptr_t(mapped))) panic("%s: %s", name, strerror(int(int64_t(mapped))));
    auto lines = static_cast<line*>(mapped);
    size_t n = info.size / sizeof(line);
    for (size_t i = n / 2; i-- > 0;) sink(lines, i, n);
    for (size_t i = n; i-- > 1;) {
        swap(lines[0], lines[i]);
        sink(lines, 0, i);
    }
    size_t wrong = 0;
    for (size_t i = 1; i < n; ++i) wrong += is_less(lines[i], lines[i - 1]);
    memory_report memory;
    sys_memory(&memory);
    log_printf("%s: %zu lines sorted, %zu in the wrong place", name, n, wrong);
    log_printf("%lu KiB of file, %lu KiB of memory", info.size / 1024,
               memory.total * PAGESIZE / 1024);
    console_printf("%.62s\n%.62s\n", lines[0].text, lines[n - 1].text);
}
