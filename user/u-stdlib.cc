#include "u-stdlib.h"
#include "u-lib.hh"

void abort() {
    panic("abort() was called");
}

int atoi(const char* s) {
    return int(strtol(s, nullptr, 10));
}

long atol(const char* s) {
    return strtol(s, nullptr, 10);
}

long long atoll(const char* s) {
    return strtol(s, nullptr, 10);
}

long long strtoll(const char* s, char** rest, int base) {
    return strtol(s, rest, base);
}

unsigned long long strtoull(const char* s, char** rest, int base) {
    return strtoul(s, rest, base);
}

int abs(int x) {
    return x < 0 ? -x : x;
}

long labs(long x) {
    return x < 0 ? -x : x;
}

long long llabs(long long x) {
    return x < 0 ? -x : x;
}

namespace {

// An array of items of any size, and the heap in it: no item is less than its children, at twice
// its index and 1 or 2.
struct sortable {
    char* items;
    size_t size;
    int (*compare)(const void*, const void*);

    char* item(size_t i) const { return items + i * size; }

    void exchange(size_t i, size_t j) const {
        for (size_t byte = 0; byte < size; ++byte) {
            char kept = item(i)[byte];
            item(i)[byte] = item(j)[byte];
            item(j)[byte] = kept;
        }
    }

    // Of the first `count` items, let number `i` sink below greater ones.
    void sink(size_t i, size_t count) const {
        for (size_t child; (child = 2 * i + 1) < count; i = child) {
            if (child + 1 < count && compare(item(child), item(child + 1)) < 0) ++child;
            if (compare(item(i), item(child)) >= 0) return;
            exchange(i, child);
        }
    }
};

}

void qsort(void* items, size_t count, size_t size, int (*compare)(const void*, const void*)) {
    sortable heap = {static_cast<char*>(items), size, compare};
    for (size_t i = count / 2; i > 0; --i) heap.sink(i - 1, count);
    for (; count > 1; --count) {
        heap.exchange(0, count - 1);
        heap.sink(0, count - 1);
    }
}

void* bsearch(const void* key, const void* items, size_t count, size_t size,
              int (*compare)(const void*, const void*)) {
    auto first = static_cast<const char*>(items);
    while (count > 0) {
        const char* middle = first + count / 2 * size;
        int order = compare(key, middle);
        if (order == 0) return const_cast<char*>(middle);
        if (order > 0) first = middle + size;
        count = order > 0 ? count - count / 2 - 1 : count / 2;
    }
    return nullptr;
}
