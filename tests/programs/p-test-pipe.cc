// p-test-pipe - what is written to a pipe is read from it, in order and once, whatever the sizes
// and whatever the memory; who must wait waits, and small writes are never mixed
#include "u-file.hh"
#include "u-test.hh"

constexpr unsigned pipe_bytes = PAGESIZE;

static uint8_t buffer[3 * pipe_bytes];

static uint64_t waiting(int fd) {
    file_info info;
    expect("it tells", 0, sys_fstat(fd, &info));
    expect("that it is a pipe", KIND_PIPE, int64_t(info.kind));
    return info.size;
}

static void make_pipe(int (&fds)[2]) {
    expect("a pipe", 0, sys_pipe(fds));
}

static void close_both(const int (&fds)[2]) {
    expect("closed", 0, sys_close(fds[0]));
    expect("closed", 0, sys_close(fds[1]));
}

static void fill(uint8_t* bytes, unsigned n, unsigned first) {
    for (unsigned i = 0; i < n; ++i) bytes[i] = uint8_t((first + i) % 251);
}

// A child writes bytes in parts of some size, the parent reads them in parts of another.
static void carry(unsigned total, unsigned written, unsigned read) {
    int fds[2];
    make_pipe(fds);
    pid_t child = start_child([&] {
        sys_close(fds[0]);
        for (unsigned done = 0; done < total; done += written) {
            unsigned n = min(written, total - done);
            fill(buffer, n, done);
            expect("all is written", n, sys_write(fds[1], buffer, n));
        }
    });
    sys_close(fds[1]);
    unsigned done = 0;
    int64_t n;
    while ((n = sys_read(fds[0], buffer, read)) > 0) {
        expect("no more than was asked for", n <= read);
        for (unsigned i = 0; i < n; ++i) {
            expect("the next byte", (done + i) % 251, int64_t(buffer[i]));
        }
        done += unsigned(n);
    }
    expect("the end", 0, n);
    expect("all bytes", total, done);
    expect("a child without trouble", 0, status_of(child));
    sys_close(fds[0]);
}

static void carry_in_parts() {
    for (unsigned written : {1U, 511U, 512U, 513U, 4095U, 4096U, 4097U, 9000U}) {
        for (unsigned read : {7U, 512U, 4096U, 9000U}) {
            carry(written == 1 || read == 7 ? 5000 : 20000, written, read);
        }
    }
}

static void read_what_is_there() {
    int fds[2];
    make_pipe(fds);
    expect("nothing is written", 0, sys_write(fds[1], buffer, 0));
    expect("nothing is read, without waiting", 0, sys_read(fds[0], buffer, 0));
    expect("written", 3, sys_write(fds[1], "abc", 3));
    expect("written", 2, sys_write(fds[1], "de", 2));
    expect("they wait", 5, int64_t(waiting(fds[0])));
    expect("some of it", 4, sys_read(fds[0], buffer, 4));
    expect("the first ones", memcmp(buffer, "abcd", 4) == 0);
    expect("what is there", 1, sys_read(fds[0], buffer, 100));
    expect("the last one", 'e', int64_t(buffer[0]));
    close_both(fds);
}

static void through(int (&fds)[2], uint8_t* from, uint8_t* to, unsigned n) {
    expect("written", n, sys_write(fds[1], from, n));
    expect("read", n, sys_read(fds[0], to, n));
    expect("the same bytes", memcmp(from, to, n) == 0);
}

static void use_any_memory() {
    int fds[2];
    make_pipe(fds);
    auto heap = static_cast<uint8_t*>(sys_sbrk(8 * PAGESIZE));
    through(fds, heap + 100, heap + 3 * PAGESIZE - 300, 600);       // promises; over a page's end
    fill(heap, 4 * PAGESIZE, 7);
    expect("a child without trouble", 0, in_child([&] {             // copy-on-write
               through(fds, heap, heap + 2 * PAGESIZE + 5, 4000);
               through(fds, heap + PAGESIZE - 1, heap + 5 * PAGESIZE, 4096);
           }));
    for (unsigned i = 0; i < 4 * PAGESIZE; ++i) {
        expect("the parent's bytes", (7 + i) % 251, int64_t(heap[i]));
    }
    close_both(fds);
}

// A writer waits while the pipe is full, and one with a small text while not all of it fits.
static void wait_for_room() {
    int fds[2];
    make_pipe(fds);
    fill(buffer, pipe_bytes, 0);
    expect("full", pipe_bytes, sys_write(fds[1], buffer, pipe_bytes));
    shared_words[0] = 0;
    pid_t child = start_child([&] {
        expect("written", 100, sys_write(fds[1], buffer, 100));
        shared_words[0] = 1;
    });
    yield_often();
    expect("it waits", 0, int64_t(shared_words[0]));
    expect("some room", 99, sys_read(fds[0], buffer, 99));
    yield_often();
    expect("it still waits", 0, int64_t(shared_words[0]));
    expect("nothing of it is there", pipe_bytes - 99, int64_t(waiting(fds[1])));
    expect("more room", 1, sys_read(fds[0], buffer, 1));
    wait_for(0, 1);
    expect("all of it is there", pipe_bytes, int64_t(waiting(fds[0])));
    expect("a child without trouble", 0, status_of(child));
    close_both(fds);
}

static void wait_for_bytes() {
    int fds[2];
    make_pipe(fds);
    shared_words[0] = 0;
    pid_t child = start_child([&] {
        expect("read", 2, sys_read(fds[0], buffer, 10));
        shared_words[0] = 1;
    });
    yield_often();
    expect("it waits", 0, int64_t(shared_words[0]));
    expect("written", 2, sys_write(fds[1], "xy", 2));
    expect("a child without trouble", 0, status_of(child));
    close_both(fds);
}

// Several write blocks at once: each block comes in one piece.
static void write_whole_blocks(unsigned block) {
    constexpr int writers = 4, rounds = 30;
    int fds[2], blocks[writers] = {};
    make_pipe(fds);
    for (int i = 0; i < writers; ++i) {
        start_child([&] {
            memset(buffer, 'a' + i, block);
            for (int n = 0; n < rounds; ++n) {
                expect("a whole block", block, sys_write(fds[1], buffer, block));
                sys_yield();
            }
        });
    }
    sys_close(fds[1]);
    unsigned of_block = 0;
    int64_t n;
    uint8_t letter = 0;
    while ((n = sys_read(fds[0], buffer, 700)) > 0) {
        for (int64_t i = 0; i < n; ++i) {
            if (of_block == 0) letter = buffer[i];
            expect("one block's bytes together", letter, int64_t(buffer[i]));
            of_block = (of_block + 1) % block;
            if (of_block == 0) ++blocks[letter - 'a'];
        }
    }
    for (int each : blocks) expect("all blocks of each", rounds, each);
    for (int i = 0; i < writers; ++i) {
        int status;
        sys_wait(0, &status);
        expect("a child without trouble", 0, status);
    }
    sys_close(fds[0]);
}

// A row of processes, each of which reads from one pipe and writes to the next.
static void pass_along() {
    constexpr int members = 10;
    int first[2], fds[2];
    make_pipe(first);
    int input = first[0];
    for (int i = 0; i < members; ++i) {
        make_pipe(fds);
        start_child([&] {
            uint8_t byte;
            sys_close(first[1]);
            sys_close(fds[0]);
            while (sys_read(input, &byte, 1) == 1) {
                ++byte;
                expect("passed on", 1, sys_write(fds[1], &byte, 1));
            }
        });
        sys_close(input);
        sys_close(fds[1]);
        input = fds[0];
    }
    for (uint8_t byte = 0; byte < 50; ++byte) sys_write(first[1], &byte, 1);
    sys_close(first[1]);
    for (int expected = members; expected < 50 + members; ++expected) {
        expect("a byte", 1, sys_read(input, buffer, 1));
        expect("that all have had", expected, int64_t(buffer[0]));
    }
    expect("the end, passed along too", 0, sys_read(input, buffer, 1));
    sys_close(input);
    for (int i = 0; i < members; ++i) expect("a member's end", sys_wait() > 0);
}

void process_main() {
    uint64_t before = memory_now().free;
    read_what_is_there();
    wait_for_room();
    wait_for_bytes();
    carry_in_parts();
    for (unsigned block : {2U, 1000U, unsigned(PIPE_BUF)}) write_whole_blocks(block);
    pass_along();
    expect("no page is lost", int64_t(before), int64_t(memory_now().free));
    use_any_memory();
    pass();
}
