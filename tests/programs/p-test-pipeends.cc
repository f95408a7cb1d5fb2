// p-test-pipeends - a pipe's ends: who has one, how it goes, and what the other one is told then;
// what is wrong with a call is said, and changes nothing
#include "u-file.hh"
#include "u-test.hh"

static char buffer[9000];

static void make_pipe(int (&fds)[2]) {
    expect("a pipe", 0, sys_pipe(fds));
}

static void close_both(const int (&fds)[2]) {
    sys_close(fds[0]);
    sys_close(fds[1]);
}

// Ways in which a process with an end goes
static void stay() {
    for (;;) sys_sleep(10);
}
static void leave_by_exit() { sys_exit(); }
static void leave_by_fault() {
    log_printf("try to write to a null pointer: null pointer access");
    write_byte(0);
}
static void leave_by_panic() { panic("as it should"); }

// The last end of one kind goes with a child: the parent, which waits at the other end, goes on.
static void end_with(int which, void (*leave)()) {
    int fds[2];
    make_pipe(fds);
    if (which == 0) expect("full", PAGESIZE, sys_write(fds[1], buffer, PAGESIZE));
    pid_t child = start_child([&] {
        sys_close(fds[1 - which]);
        yield_often();
        leave();
    });
    sys_close(fds[which]);
    if (leave == stay) {                            // somebody else must end it
        yield_often();
        sys_kill(child);
    }
    if (which == 0) {
        expect("nobody reads any more", E_PIPE, sys_write(fds[1], buffer, 10));
        expect("nor later", E_PIPE, sys_write(fds[1], buffer, 10));
        sys_close(fds[1]);
    } else {
        expect("nobody writes any more", 0, sys_read(fds[0], buffer, 10));
        expect("nor later", 0, sys_read(fds[0], buffer, 10));
        sys_close(fds[0]);
    }
    status_of(child);
}

// A child waits at one end of a pipe of its own, and is ended: its own other end does not wake it.
static void end_who_waits_for_itself() {
    for (bool is_reader : {true, false}) {
        pid_t child = start_child([&] {
            int fds[2];
            make_pipe(fds);
            if (is_reader) sys_read(fds[0], buffer, 1);
            else sys_write(fds[1], buffer, sizeof(buffer));
            fail("a wait without end");
        });
        yield_often();
        expect("ended", 0, sys_kill(child));
        yield_often();
        expect("its status", STATUS_KILLED, status_of(child));
    }
}

// The child waits at an end when this process closes the other one, or is told so by a third one.
static void wake_at_close() {
    int fds[2];
    make_pipe(fds);
    pid_t reader = start_child([&] {
        sys_close(fds[1]);
        expect("the end", 0, sys_read(fds[0], buffer, 1));
    });
    sys_close(fds[0]);
    yield_often();
    sys_close(fds[1]);
    expect("a reader without trouble", 0, status_of(reader));
    make_pipe(fds);
    expect("full", PAGESIZE, sys_write(fds[1], buffer, PAGESIZE));
    pid_t writer = start_child([&] {
        sys_close(fds[0]);
        expect("nobody reads", E_PIPE, sys_write(fds[1], buffer, 1));
    });
    sys_close(fds[1]);
    yield_often();
    sys_close(fds[0]);
    expect("a writer without trouble", 0, status_of(writer));
}

// What is in a pipe is still read when its writers are gone; of a long write, how much got in.
static void keep_what_was_written() {
    int fds[2];
    make_pipe(fds);
    sys_write(fds[1], "last words", 10);
    sys_close(fds[1]);
    expect("they are still there", 10, sys_read(fds[0], buffer, 100));
    expect("and then the end", 0, sys_read(fds[0], buffer, 100));
    sys_close(fds[0]);
    make_pipe(fds);
    pid_t child = start_child([&] {
        sys_close(fds[1]);
        expect("some", 1000, sys_read(fds[0], buffer, 1000));
    });
    sys_close(fds[0]);
    int64_t n = sys_write(fds[1], buffer, sizeof(buffer));
    expect("a part of it", n >= int64_t(PAGESIZE) && n <= int64_t(PAGESIZE) + 1000);
    expect("then none", E_PIPE, sys_write(fds[1], buffer, 1));
    sys_close(fds[1]);
    expect("a child without trouble", 0, status_of(child));
}

// An end has as many names as `dup2` and `fork` give it; it goes with the last one.
static void copy_ends() {
    int fds[2];
    make_pipe(fds);
    expect("another name", 9, sys_dup2(fds[1], 9));
    expect("itself", 9, sys_dup2(9, 9));
    sys_close(fds[1]);
    expect("by its other name", 1, sys_write(9, "x", 1));
    expect("read", 1, sys_read(fds[0], buffer, 10));
    expect("a name that was another pipe's", 0, in_child([&] {
               int other[2];
               make_pipe(other);
               expect("the last name of that end", other[1], sys_dup2(9, other[1]));
               expect("so nobody writes there", 0, sys_read(other[0], buffer, 1));
           }));
    int screen = sys_dup2(1, 10);
    expect("the last name is taken away", 9, sys_dup2(screen, 9));
    expect("so nobody writes", 0, sys_read(fds[0], buffer, 1));
    sys_close(fds[0]);
    sys_close(9);
    sys_close(10);
    for (int none : {-1, descriptor_limit, 1 << 20}) {
        make_pipe(fds);
        expect("no descriptor", E_BADF, sys_dup2(fds[0], none));
        expect("nothing open", E_BADF, sys_dup2(none, fds[0]));
        expect("it is what it was", 1, sys_write(fds[1], "x", 1));
        close_both(fds);
    }
}

// Another program has the ends too, as what it reads and writes.
static void keep_at_exec() {
    int to[2], from[2];
    make_pipe(to);
    make_pipe(from);
    pid_t child = start_child([&] {
        sys_dup2(to[0], 0);
        sys_dup2(from[1], 1);
        for (int fd = 3; fd < descriptor_limit; ++fd) sys_close(fd);
        const char* arguments[] = {"cat", nullptr};
        sys_exec("cat", arguments);
        sys_exit(9);
    });
    sys_close(to[0]);
    sys_close(from[1]);
    expect("sent", 6, sys_write(to[1], "a text", 6));
    expect("and back", 6, sys_read(from[0], buffer, 100));
    expect("the same", memcmp(buffer, "a text", 6) == 0);
    sys_close(to[1]);
    expect("its end", 0, sys_read(from[0], buffer, 100));
    sys_close(from[0]);
    expect("a child without trouble", 0, status_of(child));
}

static void refuse_nonsense() {
    int fds[2];
    make_pipe(fds);
    expect("the wrong end", E_BADF, sys_read(fds[1], buffer, 1));
    expect("the wrong end", E_BADF, sys_write(fds[0], buffer, 1));
    for (int fd : fds) {
        expect("it has no places", E_SPIPE, sys_lseek(fd, 0, SEEK_SET));
        expect("it has no places", E_SPIPE, sys_lseek(fd, 0, SEEK_CUR));
        expect("it has no places", E_SPIPE, sys_pread(fd, buffer, 1, 0));
        expect("it has no places", E_SPIPE, sys_pwrite(fd, buffer, 1, 0));
        expect("it has no size", E_INVAL, sys_ftruncate(fd, 1));
        expect("no disk has it", E_INVAL, sys_fsync(fd));
    }
    sys_write(fds[1], "abc", 3);
    for (uintptr_t address : {uintptr_t(0), uintptr_t(KERNEL_START_ADDR), uintptr_t(VA_LOWEND)}) {
        auto pointer = reinterpret_cast<void*>(address);
        expect("no memory of ours", E_FAULT, sys_read(fds[0], pointer, 1));
        expect("no memory of ours", E_FAULT, sys_write(fds[1], pointer, 1));
        expect("no memory of ours", E_FAULT, sys_pipe(static_cast<int*>(pointer)));
    }
    auto heap = static_cast<char*>(sys_sbrk(PAGESIZE));
    char* last = heap + PAGESIZE - 2;
    expect("only a part is ours", E_FAULT, sys_write(fds[1], last, 5));
    expect("all of it is still there", 3, sys_read(fds[0], buffer, 10));
    expect("and nothing else", memcmp(buffer, "abc", 3) == 0);
    expect("code of ours", E_FAULT, sys_pipe(reinterpret_cast<int*>(refuse_nonsense)));
    close_both(fds);
}

// Descriptors, then pipes, are used up: a pipe that cannot be made takes nothing.
static void use_up() {
    int fds[2];
    for (int fd = 3; fd < descriptor_limit - 1; ++fd) sys_dup2(0, fd);
    fds[0] = fds[1] = -7;
    expect("only one is left", E_MFILE, sys_pipe(fds));
    expect("nothing is said", fds[0] == -7 && fds[1] == -7);
    expect("it is still free", E_BADF, sys_close(descriptor_limit - 1));
    for (int fd = 3; fd < descriptor_limit - 1; ++fd) sys_close(fd);

    shared_words[1] = 0;
    shared_words[2] = 0;
    pid_t children[6];
    for (pid_t& child : children) {
        child = start_child([&] {
            int made = 0, r;
            while ((r = sys_pipe(fds)) == 0) ++made;
            expect("too many", r == E_MFILE || r == E_NFILE);
            shared_words[1] = shared_words[1] + uint64_t(made);
            if (r == E_NFILE) shared_words[2] = 1;
            stay();
        });
        yield_often();
    }
    expect("all pipes", 32, int64_t(shared_words[1]));
    expect("some could get none", shared_words[2] > 0);
    for (pid_t child : children) {
        sys_kill(child);
        status_of(child);
    }
    make_pipe(fds);
    close_both(fds);
}

static void tell_what_it_is() {
    int fds[2];
    file_info info;
    make_pipe(fds);
    expect("the lowest", 3, fds[0]);
    expect("and the next", 4, fds[1]);
    sys_write(fds[1], "abcd", 4);
    expect("it tells", 0, sys_fstat(fds[0], &info));
    expect("a pipe", KIND_PIPE, int64_t(info.kind));
    expect("bytes that wait", 4, int64_t(info.size));
    for (int fd : {0, 1, 2}) {
        expect("it tells", 0, sys_fstat(fd, &info));
        expect("the console", KIND_CONSOLE, int64_t(info.kind));
    }
    close_both(fds);
}

void process_main() {
    tell_what_it_is();
    memory_report before = memory_now();
    for (int which : {0, 1}) {
        for (auto leave : {leave_by_exit, leave_by_fault, leave_by_panic, stay}) {
            end_with(which, leave);
        }
    }
    end_who_waits_for_itself();
    wake_at_close();
    keep_what_was_written();
    copy_ends();
    keep_at_exec();
    use_up();
    expect("no page is lost", int64_t(before.free), int64_t(memory_now().free));
    refuse_nonsense();
    pass();
}
