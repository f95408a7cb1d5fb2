// p-test-mapparts - any part of a mapping can be taken away, forgotten, protected or replaced, and
// the rest stays what it was; heap, stack and pages that were asked for meet mappings as promises
#include "u-map.hh"

constexpr size_t all_pages = 5;

static void expect_page(const uint8_t* all, size_t n) {
    expect_numbers(all + n * PAGESIZE, n * PAGESIZE, PAGESIZE);
}

// Head, middle and tail go, before the pages were touched and after.
static void unmap_parts(int fd) {
    for (bool is_touched : {false, true}) {
        for (size_t hole = 0; hole < all_pages; ++hole) {
            uint8_t* all = map(all_pages * PAGESIZE, PROT_READ, MAP_SHARED, fd);
            for (size_t n = 0; is_touched && n < all_pages; ++n) expect_page(all, n);
            unmap(all + hole * PAGESIZE, PAGESIZE);
            for (size_t n = 0; n < all_pages; ++n) {
                if (n != hole) expect_page(all, n);
            }
            if (hole % 2 == 0) try_at("read a part that is gone", read_byte, all + hole * PAGESIZE);
            unmap(all, all_pages * PAGESIZE);
        }
    }
}

static void replace_parts(int fd) {
    uint8_t* all = map(all_pages * PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect_page(all, 2);
    void* middle = all + 2 * PAGESIZE;
    map_at(middle, PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect_numbers(all + 2 * PAGESIZE, 0, PAGESIZE);
    expect_page(all, 1);
    expect_page(all, 3);
    map_at(middle, PAGESIZE, PROT_RW, MAP_ZEROS);
    expect("a zero", 0, all[2 * PAGESIZE + 1]);
    expect("a page there", 0, sys_page_alloc(all + PAGESIZE));
    expect("a zero", 0, all[PAGESIZE + 1]);
    all[PAGESIZE + 1] = 1;
    expect("it is given up", 0, sys_page_free(all + PAGESIZE));
    expect_page(all, 1);
    expect_page(all, 3);
    map_at(middle, 2 * PAGESIZE, PROT_RW, MAP_COMMON);
    expect("a zero", 0, all[3 * PAGESIZE + 1]);
    expect_page(all, 4);
    unmap(all, all_pages * PAGESIZE);
}

static void protect_parts(int fd) {
    uint8_t* all = map(all_pages * PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect_page(all, 0);
    expect("written from here on", 0, sys_mprotect(all, 2 * PAGESIZE, PROT_RW));
    all[0] = 99;
    all[PAGESIZE] = 99;
    try_at("write behind", write_byte, all + 2 * PAGESIZE);
    expect("closed", 0, sys_mprotect(all + PAGESIZE, 2 * PAGESIZE, PROT_NONE));
    try_at("read what is closed", read_byte, all + PAGESIZE);
    expect("open again", 0, sys_mprotect(all + PAGESIZE, 2 * PAGESIZE, PROT_READ));
    expect("still its own", 99, all[PAGESIZE]);
    expect_page(all, 2);
    unmap(all, all_pages * PAGESIZE);
}

static void forget_parts() {
    int fd = new_file("forgotten", 2 * PAGESIZE, 'A');
    uint8_t* shared = map(2 * PAGESIZE, PROT_RW, MAP_SHARED, fd);
    uint8_t* copy = map(2 * PAGESIZE, PROT_RW, MAP_PRIVATE, fd);
    uint8_t* zeros = map(2 * PAGESIZE, PROT_RW, MAP_ZEROS);
    shared[0] = copy[0] = copy[PAGESIZE] = zeros[0] = 'B';
    expect("forgotten", 0, sys_madvise(shared, PAGESIZE, MADV_DONTNEED));
    expect("not there", 0, int64_t(mapping_of(shared).perm));
    expect("but in the file", 'B', shared[0]);
    expect("forgotten", 0, sys_madvise(copy, PAGESIZE, MADV_DONTNEED));
    expect("as the file has it", 'B', copy[0]);
    expect("not forgotten", 'B', copy[PAGESIZE]);
    expect("forgotten", 0, sys_madvise(zeros, PAGESIZE, MADV_DONTNEED));
    expect("zeros", 0, zeros[0]);
    expect("a hint", 0, sys_madvise(copy, PAGESIZE, MADV_SEQUENTIAL));
    unmap(shared, 2 * PAGESIZE);
    unmap(copy, 2 * PAGESIZE);
    unmap(zeros, 2 * PAGESIZE);
    sys_close(fd);
    expect("nobody has it", 0, sys_unlink("forgotten"));
}

static void ask_what_is_in_memory(int fd) {
    unsigned char residents[4];
    uint8_t* zeros = map(4 * PAGESIZE, PROT_RW, MAP_ZEROS);
    zeros[PAGESIZE] = 1;
    expect("said", 0, sys_mincore(zeros, 3 * PAGESIZE + 1, residents));
    for (int i = 0; i < 4; ++i) expect("whether it is there", i == 1, residents[i]);
    unmap(zeros, 4 * PAGESIZE);
    uint8_t* all = map(all_pages * PAGESIZE, PROT_READ, MAP_SHARED, fd);
    expect_page(all, 3);
    expect("said", 0, sys_mincore(all + 3 * PAGESIZE, PAGESIZE, residents));
    expect("it is there", 1, residents[0]);
    unmap(all, all_pages * PAGESIZE);
}

// The heap ends where a mapping begins; a hole in the heap is no heap.
static void meet_the_heap(int fd) {
    int64_t start = sbrk(4 * PAGESIZE);
    auto heap = reinterpret_cast<uint8_t*>(round_up(uintptr_t(start), PAGESIZE));
    memset(heap, 1, 3 * PAGESIZE);
    unmap(heap + PAGESIZE, PAGESIZE);
    try_at("write to a hole in the heap", write_byte, heap + PAGESIZE);
    expect("the heap around it", 1, heap[0] & heap[2 * PAGESIZE]);
    void* behind = heap + 6 * PAGESIZE;
    map_at(behind, PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect("the heap cannot grow over it", E_NOMEM, sbrk(8 * PAGESIZE));
    expect("nor was it changed", number_at(5), static_cast<uint8_t*>(behind)[5]);
    int64_t heap_end = sbrk(0);
    expect("it may grow up to it", heap_end, sbrk(PAGESIZE));
    heap_end += PAGESIZE;
    void* hole = heap + PAGESIZE;
    map_at(hole, PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect_numbers(heap + PAGESIZE, 0, PAGESIZE);
    unmap(behind, PAGESIZE);
    expect("the heap shrinks, and what was in it goes", heap_end, sbrk(start - heap_end));
    try_at("read what was in the heap", read_byte, heap + PAGESIZE);
}

static void meet_the_stack(int fd) {
    volatile uint8_t byte = 7;
    uintptr_t here = round_down(uintptr_t(&byte), PAGESIZE);
    uint8_t* all = map(all_pages * PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    expect("below the stack", uintptr_t(all) < here);
    volatile uint8_t deep[6 * PAGESIZE];
    for (size_t i = 0; i < sizeof(deep); i += PAGESIZE) deep[i] = 1;
    expect_page(all, 1);
    expect("as it was", 7, byte);
    unmap(all, all_pages * PAGESIZE);
}

// A hint is followed if there is room.
static void take_hints(int fd) {
    uint8_t* all = map(2 * PAGESIZE, PROT_READ, MAP_PRIVATE, fd);
    unmap(all, 2 * PAGESIZE);
    void* wanted = all - 4 * PAGESIZE;
    expect("there", wanted == sys_mmap(wanted, PAGESIZE, PROT_READ, MAP_PRIVATE, fd, 0));
    void* other = sys_mmap(wanted, PAGESIZE, PROT_READ, MAP_PRIVATE, fd, PAGESIZE);
    expect("elsewhere", other != wanted && !is_error(uintptr_t(other)));
    expect_numbers(static_cast<uint8_t*>(wanted), 0, PAGESIZE);
    expect_numbers(static_cast<uint8_t*>(other), PAGESIZE, PAGESIZE);
    unmap(wanted, PAGESIZE);
    unmap(other, PAGESIZE);
}

void process_main() {
    int fd = open_or_fail("numbers", O_RDONLY);
    unmap_parts(fd);
    replace_parts(fd);
    protect_parts(fd);
    forget_parts();
    ask_what_is_in_memory(fd);
    meet_the_heap(fd);
    meet_the_stack(fd);
    take_hints(fd);
    pass();
}
