// p-test-exec - sys_exec replaces a process's program, with arguments; if it cannot, all goes on as
// before
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

enum {
    pid_before,
    parent_before
};

static uint64_t zero;                   // written by those who are replaced

static const char* const bad_strings[] = {nullptr,
                                          reinterpret_cast<const char*>(1),
                                          reinterpret_cast<const char*>(KERNEL_START_ADDR),
                                          reinterpret_cast<const char*>(PROC_START_ADDR - 1),
                                          reinterpret_cast<const char*>(MEMSIZE_VIRTUAL - 1),
                                          reinterpret_cast<const char*>(MEMSIZE_VIRTUAL),
                                          reinterpret_cast<const char*>(VA_LOWEND),
                                          reinterpret_cast<const char*>(UINTPTR_MAX)};

static void refuse(const char* what, int64_t error, const char* name, const char* const* argv) {
    memory_report before = memory_now();
    zero = 61;
    expect(what, error, sys_exec(name, argv));
    memory_report after = memory_now();
    expect("the memory as it was", before.free == after.free && before.resident == after.resident);
    expect("the heap as it was", 62, int64_t(*page(0)));
    expect("the data as it was", 61, int64_t(zero));
}

static void refuse_nonsense() {
    refuse("no such program", E_NOENT, "nothing", nullptr);
    refuse("no name", E_NOENT, "", nullptr);
    refuse("a name and more", E_NOENT, "test-exec2", nullptr);
    static char long_name[message_limit + 10];
    memset(long_name, 'x', sizeof(long_name) - 1);
    refuse("a long name", E_NOENT, long_name, nullptr);
    for (unsigned i = 0; i < arraysize(bad_strings); ++i) {
        const char* argv[] = {"first", bad_strings[i], nullptr};
        if (i != 4) refuse("a bad name", E_FAULT, bad_strings[i], nullptr);
        if (i != 0 && i != 4) refuse("a bad argument", E_FAULT, "test-exec", argv);
        if (i != 0) {
            refuse("bad arguments", E_FAULT, "test-exec",
                   reinterpret_cast<const char* const*>(bad_strings[i]));
        }
    }
    const char* many[argument_limit + 2];
    for (auto& argument : many) argument = "x";
    many[argument_limit + 1] = nullptr;
    refuse("too many arguments", E_2BIG, "test-exec", many);
    static char long_argument[argument_bytes_limit + 1];
    memset(long_argument, 'x', argument_bytes_limit);
    const char* too_long[] = {long_argument, nullptr};
    refuse("arguments too long", E_2BIG, "test-exec", too_long);
}

// What the process finds that the child below became: everything new, but for its pid and its
// parent.
static int be_replaced(int argc, char** argv) {
    expect("the number of arguments", 3, argc);
    expect("the first", strcmp(argv[0], "first") == 0);
    expect("the second", strcmp(argv[1], "") == 0);
    expect("the third", strcmp(argv[2], "the third") == 0);
    expect("the end of the arguments", argv[3] == nullptr);
    expect("the pid", int64_t(shared_words[pid_before]), sys_getpid());
    expect("the parent", int64_t(shared_words[parent_before]), sys_getppid());
    expect("new data", 0, int64_t(zero));
    expect("an empty heap", reinterpret_cast<int64_t>(page(0)), sbrk(0));
    expect("no old page", -1, int64_t(mapping_of(page(0)).pa));
    expect("a stack aligned as C wants it", 0,
           int64_t(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) % 16));
    expect("no old faults", memory_now().faults[FAULT_COPY] <= 1);
    argv[0][0] = 'F';                   // they are the process's to write to
    return 61;
}

static int be_full(int argc, char** argv) {
    expect("the number of arguments", argument_limit, argc);
    unsigned bytes = 0;
    for (int i = 0; i < argc; ++i) bytes += unsigned(strlen(argv[i])) + 1;
    expect("bytes of arguments", argument_bytes_limit, bytes);
    return 62;
}

static void exec_with_arguments() {
    shared_words[pid_before] = uint64_t(sys_getpid());
    shared_words[parent_before] = uint64_t(sys_getppid());
    const char* const argv[] = {"first", "", "the third", nullptr};
    zero = 61;
    expect("sys_exec", 0, sys_exec("test-exec", argv));
}

// Name and arguments lie in pages that are promised and not yet there; as many and as long as there
// may be.
static void exec_full() {
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(10 * PAGESIZE));
    auto argv = reinterpret_cast<const char**>(page(2) - 4);
    auto text = reinterpret_cast<char*>(page(5)) - 100;
    constexpr unsigned longest = argument_bytes_limit - 2 * (argument_limit - 1);
    memset(text, 'y', longest - 1);
    argv[0] = text;
    for (int i = 1; i < argument_limit; ++i) argv[i] = "f";
    expect("sys_exec", 0, sys_exec("test-exec", argv));
}

int main(int argc, char** argv) {
    if (strcmp(argv[0], "first") == 0) return be_replaced(argc, argv);
    if (argv[0][0] == 'y') return be_full(argc, argv);
    expect("the arguments of a program started without",
           argc == 1 && strcmp(argv[0], "program") == 0);
    if (sys_getppid() != 0) return 63;

    expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
    *page(0) = 62;
    refuse_nonsense();
    uint64_t free = memory_now().free;
    expect("the status of the program with arguments", 61, in_child(exec_with_arguments));
    expect("sys_page_free", 0, sys_page_free(page(0)));
    expect("the status of the program with many", 62, in_child(exec_full));
    expect("the status of the program without", 63,
           in_child([] { sys_exec("test-exec", nullptr); }));
    expect("the status of another program", 61, in_child([] { sys_exec("test-main", nullptr); }));
    expect("free pages", int64_t(free + 1), int64_t(memory_now().free));
    pass();
}
