// p-sort - sorts the lines of a file where they are, in memory that is the file
//
//    All lines are as long as the first one. They are sorted by what is written there backwards,
//    with a heap sort, which goes all over the file. A file that is larger than memory is sorted in
//    the same way: its pages come as they are touched, and go to the disk.
//    Boot words: files=on view=text
#include "u-mman.hh"

struct lines {
    char* text;
    size_t size;                        // of each, in bytes, with its newline
    size_t count;
};

// Whether line `a` comes before line `b`, both read from their ends.
static bool is_less(const lines& all, size_t a, size_t b) {
    const char *x = all.text + a * all.size, *y = all.text + b * all.size;
    for (size_t i = all.size; i-- > 0;) {
        if (x[i] != y[i]) return x[i] < y[i];
    }
    return false;
}

static void swap(const lines& all, size_t a, size_t b) {
    char *x = all.text + a * all.size, *y = all.text + b * all.size;
    for (size_t i = 0; i < all.size; ++i) {
        char kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

// Line `root` may be too small for its place in the heap `[0, n)`.
static void sink(const lines& all, size_t root, size_t n) {
    while (2 * root + 1 < n) {
        size_t child = 2 * root + 1;
        if (child + 1 < n && is_less(all, child, child + 1)) ++child;
        if (!is_less(all, root, child)) return;
        swap(all, root, child);
        root = child;
    }
}

static void sort(const lines& all) {
    for (size_t i = all.count / 2; i-- > 0;) sink(all, i, all.count);
    for (size_t i = all.count; i-- > 1;) {
        swap(all, 0, i);
        sink(all, 0, i);
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
    lines all = {static_cast<char*>(mapped), 1, 0};
    while (all.size < info.size && all.text[all.size - 1] != '\n') ++all.size;
    all.count = info.size / all.size;
    sort(all);
    size_t wrong = 0;
    for (size_t i = 1; i < all.count; ++i) wrong += is_less(all, i, i - 1);
    memory_report memory;
    sys_memory(&memory);
    log_printf("%s: %zu lines sorted, %zu in the wrong place", name, all.count, wrong);
    log_printf("%lu KiB of file, %lu KiB of memory", info.size / 1024,
               memory.total * PAGESIZE / 1024);
}
