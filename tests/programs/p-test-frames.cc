// p-test-frames - a stack overflow is seen however large the frame is, and even if there is memory
// below the guard
//
//    Outside: `ok` from pid 1; a stack overflow for each `try`, the last of them by pid 1, whose
//    pages below the guard hold 61 in each byte.
#include "u-test.hh"

constexpr uintptr_t limit = MEMSIZE_VIRTUAL - 16 * PAGESIZE, guard = limit - PAGESIZE;
constexpr uintptr_t below = guard - 64 * PAGESIZE;

// Each of these has a frame of `Size` bytes, and writes only to its lowest ones.
template <size_t Size>
[[gnu::noinline]] static void use_array(uintptr_t) {
    char array[Size];
    write_byte(reinterpret_cast<uintptr_t>(array));
    clobber_memory(array);
}
[[gnu::noinline]] static void use_alloca(uintptr_t size) {
    auto array = static_cast<char*>(__builtin_alloca(size));
    write_byte(reinterpret_cast<uintptr_t>(array));
    clobber_memory(array);
}

// Calls itself until there is no stack left, with frames that are larger than the guard.
[[gnu::noinline]] static uintptr_t recurse(uintptr_t depth) {
    char array[3 * PAGESIZE];
    clobber_memory(array);
    uintptr_t result = depth ? recurse(depth - 1) + 1 : 0;
    clobber_memory(array);
    return result;
}

void process_main() {
    for (uintptr_t va = below; va < guard; va += PAGESIZE) {
        expect("sys_page_alloc", 0, sys_page_alloc(reinterpret_cast<void*>(va)));
        memset(reinterpret_cast<void*>(va), 61, PAGESIZE);
    }
    expect("frames with room", 0, in_child([] {
        use_array<15 * PAGESIZE>(0);
        use_alloca(15 * PAGESIZE);
        expect("a recursion", 3, int64_t(recurse(3)));
    }));
    try_in_child({"an array of 16 pages: stack overflow", use_array<16 * PAGESIZE>});
    try_in_child({"an array of 20 pages: stack overflow", use_array<20 * PAGESIZE>});
    try_in_child({"an array of 40 pages: stack overflow", use_array<40 * PAGESIZE + 16>});
    try_in_child({"alloca of 16 pages: stack overflow", use_alloca, 16 * PAGESIZE});
    try_in_child({"alloca of 30 pages: stack overflow", use_alloca, 30 * PAGESIZE - 16});
    try_in_child({"recursion: stack overflow", [](uintptr_t depth) { recurse(depth); }, 1000});
    log_printf("ok");
    log_printf("try alloca of 50 pages: stack overflow");
    use_alloca(50 * PAGESIZE);
}
