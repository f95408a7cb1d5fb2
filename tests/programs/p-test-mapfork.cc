// p-test-mapfork - a child has its parent's mappings: shared ones are the same memory, private ones
// are copied when one of the two writes; what one gives up the other keeps
//
//    Afterwards `both` is 8,192 bytes: `P`, then `C` at 1, `D` at 4096, `G` at 3, the rest `-`.
#include "u-map.hh"

static void share_zeros() {
    uint8_t* shared = map(3 * PAGESIZE, PROT_RW, MAP_COMMON);
    for (int i = 0; i < 3; ++i) expect("zeros", 0, shared[i * PAGESIZE]);
    shared[0] = 1;
    expect("the child ended well", 0, in_child([&] {
        expect("the parent's byte", 1, shared[0]);
        shared[0] = 2;
        shared[PAGESIZE] = 3;
        expect("the grandchild ended well", 0, in_child([&] {
            expect("the child's byte", 3, shared[PAGESIZE]);
            shared[2 * PAGESIZE] = 4;
        }));
        unmap(shared, 2 * PAGESIZE);
    }));
    expect("written by the child", 2, shared[0]);
    expect("where the parent never was", 3, shared[PAGESIZE]);
    expect("written by the grandchild", 4, shared[2 * PAGESIZE]);
    expect("it is nobody's any more", 0, sys_mprotect(shared, PAGESIZE, PROT_READ));
    try_at("write to what is only read", write_byte, shared);
    expect("advice changes nothing", 0, sys_madvise(shared, PAGESIZE, MADV_DONTNEED));
    expect("still there", 2, shared[0]);
    unmap(shared, 3 * PAGESIZE);
}

// Both look at the same words while both run.
static void take_turns() {
    auto turn = reinterpret_cast<volatile int*>(map(PAGESIZE, PROT_RW, MAP_COMMON));
    pid_t child = start_child([&] {
        for (int i = 1; i < 40; i += 2) {
            while (*turn != i) sys_yield();
            *turn = i + 1;
        }
    });
    for (int i = 0; i < 40; i += 2) {
        while (*turn != i) sys_yield();
        *turn = i + 1;
    }
    expect("the child ended well", 0, status_of(child));
    expect("the last turn", 40, *turn);
    unmap(const_cast<int*>(turn), PAGESIZE);
}

static void share_a_file() {
    int fd = new_file("both", 2 * PAGESIZE, '-');
    uint8_t* shared = map(2 * PAGESIZE, PROT_RW, MAP_SHARED, fd);
    uint8_t* copy = map(2 * PAGESIZE, PROT_RW, MAP_PRIVATE, fd, 0);
    sys_close(fd);
    shared[0] = 'P';
    copy[100] = 'p';
    expect("the child ended well", 0, in_child([&] {
        expect("the parent's", 'P', shared[0]);
        expect("the parent's own", 'p', copy[100]);
        copy[100] = 'c';
        copy[PAGESIZE] = 'c';
        shared[1] = 'C';
        unmap(shared, PAGESIZE);
        shared[PAGESIZE] = 'D';
    }));
    expect("the child's", 'C', shared[1]);
    expect("the child's, where the parent never was", 'D', shared[PAGESIZE]);
    expect("not the child's", 'p', copy[100]);
    expect("the file's", 'D', copy[PAGESIZE]);
    expect("a faulting child too", STATUS_FAULTED, in_child([&] {
        shared[3] = 'G';
        write_byte(8);
    }));
    expect("its byte", 'G', shared[3]);
    unmap(copy, 2 * PAGESIZE);
    unmap(shared, 2 * PAGESIZE);
}

// A child that ends, or runs another program, takes no file from its parent.
static void outlive_children() {
    int fd = open_or_fail("numbers", O_RDONLY);
    uint8_t* all = map(numbers_size, PROT_READ, MAP_PRIVATE, fd);
    sys_close(fd);
    for (int i = 0; i < 5; ++i) {
        expect("the child ended well", 0, in_child([&] { expect_numbers(all, 0, numbers_size); }));
        expect("still mapped", E_BUSY, sys_unlink("numbers"));
    }
    expect_numbers(all, 0, numbers_size);
    expect("another program has no mappings", 0, in_child([] {
        char* arguments[] = {nullptr};
        sys_exec("bench-empty", arguments);
        fail("another program");
    }));
    expect_numbers(all, 0, numbers_size);
    unmap(all, numbers_size);
    int other = open_or_fail("other", O_RDONLY);
    map(1, PROT_READ, MAP_PRIVATE, other);
    sys_close(other);
    pid_t child = start_child([] { sys_exit(); });
    expect("the child ended well", 0, status_of(child));
    expect("the parent still has it", E_BUSY, sys_unlink("other"));
}

void process_main() {
    share_zeros();
    take_turns();
    share_a_file();
    outlive_children();
    pass();
}
